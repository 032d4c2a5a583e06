import ConsentAudit
import Foundation
import LedgerCrypto
import Testing
import TransparencyLog

/// Proofs and logs made by software that is not ours. `tools/bootstrap --tests` installs it.
@Suite(.enabled(if: PythonScript.isThere, PythonScript.absence)) struct OutsideSoftwareTests {
    private struct Proofs: Decodable {
        struct Inclusion: Decodable {
            let index: UInt64
            let leafHash: String
            let hashes: [String]

            enum CodingKeys: String, CodingKey {
                case index, hashes
                case leafHash = "leaf-hash"
            }
        }

        struct Consistency: Decodable {
            let old: UInt64
            let new: UInt64
            let hashes: [String]
        }

        let size: UInt64
        let inclusion: [Inclusion]
        let consistency: [Consistency]
    }

    private func digest(_ text: String) throws -> SHA256Digest {
        try #require(Hexadecimal.decode(text).flatMap { SHA256Digest($0) })
    }

    private func checkpoint(_ path: URL) throws -> Checkpoint {
        try SignedCheckpoint(parsing: Array(try Data(contentsOf: path))).checkpoint
    }

    /// tlog-scales proves from our tiles; what it proves leads to the roots that were signed.
    @Test func proofsFromOurTilesHold() throws {
        let log = Repository.root.appending(path: "ledger/sample/log")
        let proofs = try JSONDecoder().decode(Proofs.self, from: try PythonScript.run("prove.py", [log.path]))
        let head = try checkpoint(log.appending(path: "checkpoint"))
        #expect(proofs.size == head.size)
        #expect(proofs.inclusion.count == Int(head.size))
        for proof in proofs.inclusion {
            try InclusionProof(index: proof.index, size: head.size, hashes: proof.hashes.map(digest))
                .verify(leafHash: digest(proof.leafHash), root: head.root)
        }
        func root(_ size: UInt64) throws -> SHA256Digest {
            let name = String(repeating: "0", count: 20 - String(size).count) + String(size)
            return try checkpoint(log.appending(path: "checkpoints/\(name)")).root
        }
        #expect(proofs.consistency.count >= 45)
        for proof in proofs.consistency {
            try ConsistencyProof(oldSize: proof.old, newSize: proof.new, hashes: proof.hashes.map(digest))
                .verify(oldRoot: root(proof.old), newRoot: root(proof.new))
        }
    }

    /// A writer of its own, with PyNaCl, publishes logs of opaque entries, an empty and a largest one among them; the
    /// `consent` that was built with these tests accepts them up to the tree, and refuses them with one byte changed.
    @Test(arguments: [0, 1, 5, 255, 256, 257, 65_536, 70_000]) func logsOfAnIndependentWriterHold(size: Int) throws {
        let log = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: log) }
        let printed = try PythonScript.run("write_log.py", [log.path, String(size)])
        let key = String(decoding: printed, as: UTF8.self).trimmingCharacters(in: .newlines)
        try #require(try verify(log, key: key) == 0)
        guard size > 0 else { return }
        let tiles = try Repository.files(under: log).keys.filter { $0.hasPrefix("tile/") }.sorted()
        for path in [tiles[tiles.count / 3], tiles[tiles.count - 1]] {
            let url = log.appending(path: path)
            var bytes = try Data(contentsOf: url)
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: url)
            #expect(try verify(log, key: key) == 2, "\(path)")
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: url)
        }
        #expect(try verify(log, key: key) == 0)
    }

    /// The exit status of `consent verify` on somebody else's log.
    private func verify(_ log: URL, key: String) throws -> Int32 {
        let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let process = Process()
        process.executableURL = products.appending(path: "consent")
        process.arguments = ["verify", log.path, "--vkey", key, "--opaque", "--level", "tree"]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
