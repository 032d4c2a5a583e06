import Foundation
import LedgerCrypto
import TransparencyLog

/// A C2SP witness that shares no code with what it is asked by (Tests/consentTests/witness.py), in a directory of its own.
public final class LoopbackWitness {
    public let name: String
    public let vkey: String
    public let directory: String
    public let server: PythonServer

    /// A witness that knows the logs with those vkeys, in `directory`, which is made.
    public init(_ name: String, seed: UInt8, knowing logs: [String], in directory: String) throws {
        self.name = name
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let secret = [UInt8](repeating: seed, count: 32)
        vkey = try VerifierKey(
            name: name, publicKey: Ed25519PrivateKey(seed: SecretBytes(secret)).publicKey, use: .cosignature
        ).text
        try (logs.joined(separator: "\n") + "\n").write(
            toFile: directory + "/logs", atomically: true, encoding: .utf8)
        server = try PythonServer("witness.py", [directory, name, Hexadecimal.encode(secret)])
    }

    public var url: String { server.url + "/api" }

    /// How it answers from now on; the script has the manners.
    public func behaves(_ manner: String) throws {
        try manner.write(toFile: directory + "/manner", atomically: true, encoding: .utf8)
    }

    /// It loses its memory.
    public func forget() { try? FileManager.default.removeItem(atPath: directory + "/state") }

    /// What it was asked, in order.
    public func requests() throws -> [[String: Any]] {
        guard let text = try? String(contentsOfFile: directory + "/requests", encoding: .utf8) else { return [] }
        return try text.split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }
}
