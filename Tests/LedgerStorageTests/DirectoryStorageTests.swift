import Foundation
import Glibc
import LedgerStorage
import StorageConformance
import Testing

@Suite struct DirectoryStorageTests {
    @Test func conforms() throws {
        var folders: [TemporaryDirectory] = []
        try checkStorageConformance {
            let folder = try TemporaryDirectory()
            folders.append(folder)
            return try DirectoryStorage(root: folder.path)
        }
        // Nothing unfinished is left behind.
        for folder in folders { #expect(try folder.contents().allSatisfy { !$0.contains("~") }) }
    }

    @Test func modes() throws {
        let folder = try TemporaryDirectory()
        let storage = try DirectoryStorage(root: folder.path)
        try storage.create([("log/tile/0/000", [1]), ("private/sealed/attachment", [1])])
        try storage.replace("log/checkpoint", with: [1])
        try storage.replace("private/last-signed", with: [1])
        try storage.segment("private/journal/0000000000000001").write([1], at: 0)
        _ = try storage.segment("log/segment")
        _ = try storage.lock("private/lock")
        let expected = [
            "log": 0o755, "log/tile": 0o755, "log/tile/0": 0o755, "log/tile/0/000": 0o444, "log/checkpoint": 0o644,
            "log/segment": 0o644, "private": 0o700, "private/sealed": 0o700, "private/sealed/attachment": 0o600,
            "private/last-signed": 0o600, "private/journal": 0o700, "private/journal/0000000000000001": 0o600,
            "private/lock": 0o600,
        ]
        #expect(try Set(folder.contents()) == Set(expected.keys))
        for (name, mode) in expected {
            // The public ones less the umask, which a test does not change.
            let found = try folder.mode(of: name) ?? 0
            #expect(name.hasPrefix("log") ? found | 0o022 == mode | 0o022 : found == mode, "\(name)")
        }
        // A created object stays as it is, also for an owner who forgets.
        try storage.replace("private/last-signed", with: [2])
        #expect(try folder.mode(of: "private/last-signed") == 0o600)
    }

    @Test func makingTheRoot() throws {
        let folder = try TemporaryDirectory()
        let root = "\(folder.path)/ledger"
        #expect(throws: StorageError(.failed, "")) { _ = try DirectoryStorage(root: root) }
        for text in ["\(root)/", root] {
            _ = try DirectoryStorage(root: text, creating: true)
            #expect(try folder.contents() == ["ledger"])
        }
        #expect(throws: StorageError(.failed, "")) {
            _ = try DirectoryStorage(root: "\(root)/no/such", creating: true)
        }
        try folder.write("", to: "file")
        #expect(throws: StorageError(.failed, "")) { _ = try DirectoryStorage(root: "\(folder.path)/file") }
        #expect(throws: StorageError(.failed, "")) {
            _ = try DirectoryStorage(root: "\(folder.path)/file", creating: true)
        }
        #expect(throws: StorageError(.failed, "")) {
            _ = try DirectoryStorage(root: "\(folder.path)/file/ledger", creating: true)
        }
    }

    /// The storage is the directory that was opened, whatever its name becomes.
    @Test func theRootMayMove() throws {
        let folder = try TemporaryDirectory()
        let storage = try DirectoryStorage(root: "\(folder.path)/a", creating: true)
        try FileManager.default.moveItem(atPath: "\(folder.path)/a", toPath: "\(folder.path)/b")
        try storage.create([("log/x", [1])])
        #expect(try folder.contents() == ["b", "b/log", "b/log/x"])
    }

    @Test func aSegmentGrowsAhead() throws {
        let folder = try TemporaryDirectory()
        let storage = try DirectoryStorage(root: folder.path)
        let path: StoragePath = "private/journal/0000000000000001"
        let segment = try storage.segment(path)
        #expect(try storage.size(of: path) == 0)
        let mebibyte = 1 << 20
        for (end, size) in [(1, 1), (mebibyte, 1), (mebibyte + 1, 2), (2 * mebibyte + 5, 4), (9 * mebibyte, 16)] {
            try segment.write([7], at: end - 1)
            #expect(try storage.size(of: path) == size * mebibyte)
        }
        try segment.write([8, 8], at: 16 * mebibyte - 1)
        #expect(try storage.size(of: path) == 32 * mebibyte)
        // From there on by 16 MiB at a time.
        try segment.write([9], at: 32 * mebibyte)
        #expect(try storage.size(of: path) == 48 * mebibyte)
        #expect(try storage.read(path, from: 16 * mebibyte - 2, count: 4) == [0, 8, 8, 0])
        // Nothing is filled ahead of a large write, and what comes after it is.
        let end = 48 * mebibyte + mebibyte / 2
        try segment.write([UInt8](repeating: 5, count: mebibyte / 2), at: 48 * mebibyte)
        #expect(try storage.size(of: path) == end)
        try segment.write([6], at: end)
        #expect(try storage.size(of: path) == end + 16 * mebibyte)
        #expect(try storage.read(path, from: end - 1, count: 3) == [5, 6, 0])
    }

    @Test func unfinishedFilesAreRemovedUnderTheLock() throws {
        let folder = try TemporaryDirectory()
        for name in ["log/tile/~0123456789abcdef-1", "log/~x", "log/tile/0/~y", "private/journal/~z"] {
            try folder.write("half", to: name)
        }
        let storage = try DirectoryStorage(root: folder.path)
        #expect(try storage.list("log") == ["tile"])
        #expect(try storage.list("private/journal") == [])
        // Without the lock they may be another program's.
        try storage.create([("log/tile/a", [1])])
        #expect(try folder.contents().filter { $0.contains("~") }.count == 4)
        let lock = try storage.lock("private/lock")
        try storage.create([("log/tile/b", [1])])
        #expect(try folder.contents().filter { $0.contains("~") } == ["log/tile/0/~y", "private/journal/~z"])
        try storage.replace("log/tile/0/c", with: [1])
        _ = try storage.segment("private/journal/0000000000000001")
        #expect(try folder.contents().allSatisfy { !$0.contains("~") })
        lock.release()
    }

    @Test func exclusiveCreation() async throws {
        let folder = try TemporaryDirectory()
        for round in 0..<20 {
            let path = try StoragePath("log/\(round)")
            let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
                for contender in 0..<4 as Range<UInt8> {
                    // Each its own storage, as another program would have.
                    let storage = try DirectoryStorage(root: folder.path)
                    group.addTask {
                        do {
                            try storage.create([(path, [UInt8](repeating: contender, count: 9000))])
                            return contender
                        } catch let error as StorageError where error == StorageError(.exists, "") {
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
            }
            let winner = try #require(winners.first)
            #expect(winners.count == 1)
            #expect(try DirectoryStorage(root: folder.path).read(path) == [UInt8](repeating: winner, count: 9000))
        }
        #expect(try folder.contents().allSatisfy { !$0.contains("~") })
    }

    /// Readers of a file that is replaced see one content or another, never a mix.
    @Test func replacingIsAtomic() async throws {
        let folder = try TemporaryDirectory()
        let storage = try DirectoryStorage(root: folder.path)
        try storage.replace("log/checkpoint", with: [UInt8](repeating: 0, count: 20_000))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 1...200 as ClosedRange<UInt8> {
                    try storage.replace("log/checkpoint", with: [UInt8](repeating: round, count: 20_000 - Int(round)))
                }
            }
            group.addTask {
                var last: UInt8 = 0
                while last < 200 {
                    try Task.checkCancellation()
                    let bytes = try #require(try storage.read("log/checkpoint"))
                    let first = try #require(bytes.first)
                    try #require(bytes == [UInt8](repeating: first, count: 20_000 - Int(first)))
                    try #require(first >= last)
                    last = first
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func theLockHoldsBetweenStorages() throws {
        let folder = try TemporaryDirectory()
        let first = try DirectoryStorage(root: folder.path)
        let second = try DirectoryStorage(root: folder.path)
        let lock = try first.lock("private/lock")
        #expect(throws: StorageError(.locked, "")) { _ = try second.lock("private/lock") }
        lock.release()
        let other = try second.lock("private/lock")
        #expect(throws: StorageError(.locked, "")) { _ = try first.lock("private/lock") }
        withExtendedLifetime(other) {}
    }

    private static let flockPath = "/usr/bin/flock"

    /// Another process holds the lock, is killed, and holds it no more.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: flockPath), "needs flock of util-linux"))
    func theLockHoldsBetweenProcesses() throws {
        let folder = try TemporaryDirectory()
        let storage = try DirectoryStorage(root: folder.path)
        let lock = try storage.lock("private/lock")
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: Self.flockPath)
        probe.arguments = ["--nonblock", "--conflict-exit-code", "9", "\(folder.path)/private/lock", "true"]
        try probe.run()
        probe.waitUntilExit()
        #expect(probe.terminationStatus == 9)
        lock.release()

        let holder = Process()
        let output = Pipe()
        holder.executableURL = URL(fileURLWithPath: Self.flockPath)
        holder.arguments = ["--no-fork", "\(folder.path)/private/lock", "sh", "-c", "echo held; exec cat"]
        holder.standardInput = Pipe()
        holder.standardOutput = output
        try holder.run()
        #expect(output.fileHandleForReading.readData(ofLength: 5) == Data("held\n".utf8))
        #expect(throws: StorageError(.locked, "")) { _ = try storage.lock("private/lock") }
        kill(holder.processIdentifier, SIGKILL)
        holder.waitUntilExit()
        try storage.lock("private/lock").release()
    }

    /// What could not be replaced is told before, and nothing is changed by asking.
    @Test func whatCannotBeReplacedIsRefused() throws {
        let folder = try TemporaryDirectory()
        let storage = try DirectoryStorage(root: folder.path)
        try storage.create([("private/keys/whole.key", [1])])
        let keys = folder.path + "/private/keys"
        try FileManager.default.createSymbolicLink(atPath: keys + "/link.key", withDestinationPath: "whole.key")
        try FileManager.default.createDirectory(atPath: keys + "/folder.key", withIntermediateDirectories: false)
        #expect(mkfifo(keys + "/pipe.key", 0o600) == 0)
        for name in ["link", "folder", "pipe"] {
            let path = try StoragePath("private/keys/\(name).key")
            #expect(throws: StorageError(.failed, ""), "\(name)") { try storage.refuseUnreplaceable(path) }
        }
        for path: StoragePath in ["private/keys/whole.key", "private/keys/none.key", "nowhere/none.key"] {
            try storage.refuseUnreplaceable(path)
        }
        #expect(try folder.contents().count == 6 && storage.read("private/keys/whole.key") == [1])
        guard geteuid() != 0 else { return }
        // Of a user's own, what its mode forbids.
        for (name, mode, usual) in [("/whole.key", 0o400, 0o600), ("", 0o500, 0o700)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: keys + name)
            #expect(throws: StorageError(.failed, "")) { try storage.refuseUnreplaceable("private/keys/whole.key") }
            try FileManager.default.setAttributes([.posixPermissions: usual], ofItemAtPath: keys + name)
        }
    }

    @Test func errorsNameTheReasonAndThePlace() throws {
        let folder = try TemporaryDirectory()
        try folder.write("", to: "log/file")
        let storage = try DirectoryStorage(root: folder.path)
        do {
            try storage.create([("log/file/below", [1])])
            Issue.record("it should throw")
        } catch let error as StorageError {
            #expect(error.code == .failed)
            #expect(error.description.contains("\(folder.path)/log/file"))
            #expect(error.description.contains("ENOTDIR"))
        }
        #expect(try folder.contents() == ["log", "log/file"])
    }

    /// Links and pipes that someone put in a file's place are not followed by a writer, and do not hold up a reader.
    @Test func strangersInTheFolder() throws {
        let folder = try TemporaryDirectory()
        try folder.write("secret", to: "outside")
        try folder.write("", to: "ledger/private/x")
        for name in ["segment", "lock"] {
            symlink("\(folder.path)/outside", "\(folder.path)/ledger/private/\(name)")
        }
        mkfifo("\(folder.path)/ledger/private/pipe", 0o600)
        let storage = try DirectoryStorage(root: "\(folder.path)/ledger")
        #expect(throws: StorageError(.failed, "")) { _ = try storage.segment("private/segment") }
        #expect(throws: StorageError(.failed, "")) { _ = try storage.lock("private/lock") }
        #expect(throws: StorageError(.failed, "")) { _ = try storage.read("private/pipe") }
        #expect(throws: StorageError(.failed, "")) { _ = try storage.size(of: "private/pipe") }
        // Swapping replaces the link, not what it leads to.
        try storage.replace("private/segment", with: [1])
        #expect(try String(contentsOfFile: "\(folder.path)/outside", encoding: .utf8) == "secret")
    }
}
