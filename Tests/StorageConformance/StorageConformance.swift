public import LedgerStorage
internal import Testing

/// Checks what `LedgerStorage` promises and any driver must hold, each part on a new, empty storage that `make` gives;
/// failures are expectations of the test that calls.
public func checkStorageConformance(_ make: () throws -> any LedgerStorage) throws {
    try checkAbsence(make())
    try checkObjects(make())
    try checkBatches(make())
    try checkPieces(make())
    try checkReplacing(make())
    try checkRemoving(make())
    try checkListing(make())
    try checkFilesAndFolders(make())
    try checkSegments(make())
    try checkLocks(make())
    for seed in 1...5 { try checkAgainstModel(make(), seed: UInt64(seed)) }
}

private func checkAbsence(_ storage: any LedgerStorage) throws {
    #expect(try storage.read("log/checkpoint") == nil)
    #expect(try storage.read("log/checkpoint", from: 3, count: 4) == nil)
    #expect(try storage.size(of: "log/checkpoint") == nil)
    #expect(try storage.list("log") == [])
    try storage.remove("log/checkpoint")
    try storage.create([])
}

private func checkObjects(_ storage: any LedgerStorage) throws {
    let path: StoragePath = "log/tile/0/x001/234"
    try storage.create([(path, [1, 2, 3, 4, 5])])
    #expect(try storage.read(path) == [1, 2, 3, 4, 5])
    #expect(try storage.size(of: path) == 5)
    #expect(try storage.read(path, from: 0, count: 2) == [1, 2])
    #expect(try storage.read(path, from: 3, count: 100) == [4, 5])
    #expect(try storage.read(path, from: 5, count: 1) == [])
    #expect(try storage.read(path, from: 600, count: 1) == [])
    #expect(try storage.read(path, from: 2, count: 0) == [])

    try storage.create([(path, [1, 2, 3, 4, 5])])
    expect(.exists) { try storage.create([(path, [1, 2, 3, 4])]) }
    expect(.exists) { try storage.create([(path, [])]) }
    #expect(try storage.read(path) == [1, 2, 3, 4, 5])

    try storage.create([("log/empty", [])])
    #expect(try storage.read("log/empty") == [])
    #expect(try storage.size(of: "log/empty") == 0)
}

private func checkBatches(_ storage: any LedgerStorage) throws {
    try storage.create([
        ("log/a/1", [1]), ("log/a/2", [2]), ("log/b/1", [3]), ("log/a/3", [4]), ("log/a/1", [1]), ("top", [5]),
    ])
    #expect(try storage.list("log/a") == ["1", "2", "3"])
    #expect(try storage.read("log/a/3") == [4])
    #expect(try storage.read("top") == [5])

    // One that is there with other bytes, wherever in the batch: nothing is written.
    expect(.exists) { try storage.create([("log/c/1", [1]), ("log/a/2", [9]), ("log/c/2", [2])]) }
    #expect(try storage.list("log/c") == [])
    expect(.exists) { try storage.create([("log/c/1", [1]), ("log/c/1", [2])]) }
    #expect(try storage.list("log/c") == [])
    #expect(try storage.read("log/a/2") == [2])
}

private func checkPieces(_ storage: any LedgerStorage) throws {
    struct Refusal: Error {}
    let path: StoragePath = "private/sealed/attachments/a/1"
    let pieces: [[UInt8]] = [[1, 2], [], [UInt8](repeating: 7, count: 100_000), [3]]
    var rest = pieces[...]
    try storage.create(path) { rest.popFirst() }
    #expect(try storage.read(path) == pieces.flatMap(\.self))
    #expect(try storage.read(path, from: 100_001, count: 5) == [7, 3])
    expect(.exists) { try storage.create(path) { nil } }
    #expect(try storage.size(of: path) == 100_003)
    // Nothing at all is something.
    try storage.create("log/empty") { nil }
    #expect(try storage.read("log/empty") == [])
    // Whoever gives the pieces may give up: then nothing is there, not even a name.
    var given = 0
    #expect(throws: Refusal.self) {
        try storage.create("log/part") {
            given += 1
            guard given < 3 else { throw Refusal() }
            return [UInt8](repeating: 9, count: 70_000)
        }
    }
    #expect(try storage.read("log/part") == nil)
    #expect(try storage.list("log") == ["empty"])
    try storage.create("log/part") { nil }
    #expect(try storage.list("log") == ["empty", "part"])
}

private func checkReplacing(_ storage: any LedgerStorage) throws {
    let path: StoragePath = "log/checkpoint"
    try storage.replace(path, with: [1])
    #expect(try storage.read(path) == [1])
    let long = [UInt8](repeating: 7, count: 100_000)
    try storage.replace(path, with: long)
    #expect(try storage.read(path) == long)
    try storage.replace(path, with: [])
    #expect(try storage.read(path) == [])
    #expect(try storage.list("log") == ["checkpoint"])
}

private func checkRemoving(_ storage: any LedgerStorage) throws {
    try storage.create([("log/a", [1]), ("log/b", [2]), ("top", [3])])
    try storage.remove("log/a")
    try storage.remove("log/a")
    try storage.remove("top")
    #expect(try storage.read("log/a") == nil)
    #expect(try storage.read("top") == nil)
    #expect(try storage.list("log") == ["b"])
    try storage.create([("log/a", [4])])
    #expect(try storage.read("log/a") == [4])
}

private func checkListing(_ storage: any LedgerStorage) throws {
    try storage.create([
        ("log/b", [1]), ("log/B", [1]), ("log/a-b", [1]), ("log/a/c", [1]), ("log/a.b/c/d", [1]), ("logs", [1]),
    ])
    #expect(try storage.list("log") == ["B", "a", "a-b", "a.b", "b"])
    #expect(try storage.list("log/a.b") == ["c"])
    #expect(try storage.list("log/b") == [])
    #expect(try storage.list("lo") == [])
}

private func checkFilesAndFolders(_ storage: any LedgerStorage) throws {
    try storage.create([("log/file", [1]), ("log/folder/file", [2])])
    #expect(try storage.read("log/file/below") == nil)
    try storage.remove("log/file/below")
    expect(.failed) { try storage.create([("log/file/below", [1])]) }
    expect(.failed) { try storage.replace("log/file/below", with: [1]) }
    expect(.failed) { _ = try storage.segment("log/file/below") }
    expect(.failed) { _ = try storage.lock("log/file/below") }
    expect(.failed) { _ = try storage.read("log/folder") }
    expect(.failed) { try storage.create([("log/folder", [1])]) }
    expect(.failed) { try storage.replace("log/folder", with: [1]) }
    expect(.failed) { try storage.remove("log/folder") }
    expect(.failed) { _ = try storage.segment("log/folder") }
    #expect(try storage.read("log/file") == [1])
    #expect(try storage.read("log/folder/file") == [2])
}

private func checkSegments(_ storage: any LedgerStorage) throws {
    let path: StoragePath = "private/journal/0000000000000001"
    let segment = try storage.segment(path)
    #expect(try storage.list("private/journal") == [path.name])
    #expect(try storage.read(path).map(isZero) == true)

    try segment.write([1, 2, 3], at: 0)
    try segment.write([4, 5], at: 3)
    try segment.write([9], at: 10)
    #expect(try storage.read(path, from: 0, count: 11) == [1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 9])
    try segment.write([7, 8], at: 1)
    try segment.write([], at: 2)
    #expect(try storage.read(path, from: 0, count: 5) == [1, 7, 8, 4, 5])

    let long = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
    try segment.write(long, at: 11)
    #expect(try storage.read(path, from: 11, count: long.count) == long)
    let size = try #require(try storage.size(of: path))
    #expect(size >= 11 + long.count)
    #expect(try isZero(storage.read(path, from: 11 + long.count, count: size) ?? [1]))

    segment.close()
    segment.close()
    expect(.failed) { try segment.write([1], at: 0) }
    let again = try storage.segment(path)
    #expect(try storage.read(path, from: 1, count: 3) == [7, 8, 4])
    try again.write([6], at: 2)
    #expect(try storage.read(path, from: 1, count: 3) == [7, 6, 4])
    again.close()
}

private func checkLocks(_ storage: any LedgerStorage) throws {
    let lock = try storage.lock("private/lock")
    expect(.locked) { _ = try storage.lock("private/lock") }
    let other = try storage.lock("private/other")
    lock.release()
    lock.release()
    var second: (any StorageLock)? = try storage.lock("private/lock")
    // Releasing the first again takes nothing from the second.
    lock.release()
    expect(.locked) { _ = try storage.lock("private/lock") }
    withExtendedLifetime(second) {}
    second = nil
    try storage.lock("private/lock").release()
    other.release()
}

/// A random sequence of changes and look-ups gives what a dictionary gives.
private func checkAgainstModel(_ storage: any LedgerStorage, seed: UInt64) throws {
    var random = SequenceOfChoices(state: seed)
    var model: [StoragePath: [UInt8]] = [:]
    for step in 0..<120 {
        let path = try StoragePath("log/\(random.next(3))/\(random.next(4))")
        let bytes = (0..<random.next(3)).map { _ in UInt8(random.next(2)) }
        switch random.next(4) {
        case 0:
            let second = try StoragePath("log/\(random.next(3))/\(random.next(4))")
            let isConflict = model[path, default: bytes] != bytes || model[second, default: bytes] != bytes
            if isConflict {
                expect(.exists) { try storage.create([(path, bytes), (second, bytes)]) }
            } else {
                try storage.create([(path, bytes), (second, bytes)])
                model[path] = bytes
                model[second] = bytes
            }
        case 1:
            try storage.replace(path, with: bytes)
            model[path] = bytes
        case 2:
            try storage.remove(path)
            model[path] = nil
        default:
            for folder in 0..<3 {
                let names = model.keys.filter { $0.parent?.name == "\(folder)" }.map(\.name).sorted()
                #expect(try storage.list(StoragePath("log/\(folder)")) == names, "seed \(seed), step \(step)")
            }
        }
        #expect(try storage.read(path) == model[path], "seed \(seed), step \(step)")
    }
}

private func expect(
    _ code: StorageError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("it should throw \(code.name)", sourceLocation: sourceLocation)
    } catch {
        #expect((error as? StorageError)?.code == code, "\(error)", sourceLocation: sourceLocation)
    }
}

private func isZero(_ bytes: [UInt8]) -> Bool {
    // One comparison, since a segment is long and this is not optimised.
    bytes == [UInt8](repeating: 0, count: bytes.count)
}

/// SplitMix64.
private struct SequenceOfChoices {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }
}
