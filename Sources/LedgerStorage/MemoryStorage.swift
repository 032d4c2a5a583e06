internal import Synchronization

/// A ledger in memory, with the promises of a directory and with faults where a test asks for them.
public final class MemoryStorage: LedgerStorage {
    /// Asked before each operation what goes wrong with it; `nil`: nothing.
    public typealias FaultHook = @Sendable (StorageOperation) -> StorageFault?

    fileprivate struct File {
        /// What readers see; `nil`: nothing.
        var visible: [UInt8]?
        /// What a crash leaves; `nil`: nothing.
        var durable: [UInt8]?
    }

    fileprivate struct State {
        var files: [StoragePath: File]
        var operationCount = 0
        var hasCrashed = false
        var locked: Set<StoragePath> = []
    }

    private let state: Mutex<State>
    private let hook: FaultHook?

    /// An empty storage.
    public init(faults hook: FaultHook? = nil) {
        state = Mutex(State(files: [:]))
        self.hook = hook
    }

    private init(files: [StoragePath: File], hook: FaultHook?) {
        state = Mutex(State(files: files))
        self.hook = hook
    }

    /// How many operations were called.
    public var operationCount: Int { state.withLock { $0.operationCount } }

    /// The storage after the machine stopped now, or when it crashed: what was durable, and no locks.
    public func restarted(faults hook: FaultHook? = nil) -> MemoryStorage {
        let files = state.withLock { state in
            state.files.compactMapValues { file in
                file.durable.map { File(visible: $0, durable: $0) }
            }
        }
        return MemoryStorage(files: files, hook: hook)
    }

    // MARK: Reading

    public func read(_ path: StoragePath) throws -> [UInt8]? {
        try perform(.read, path) { state, _ in try state.visibleFile(path) }
    }

    public func read(_ path: StoragePath, from offset: Int, count: Int) throws -> [UInt8]? {
        precondition(offset >= 0 && count >= 0)
        return try perform(.read, path) { state, _ in
            try state.visibleFile(path).map { Array($0.dropFirst(offset).prefix(count)) }
        }
    }

    public func size(of path: StoragePath) throws -> Int? {
        try perform(.size, path) { state, _ in try state.visibleFile(path)?.count }
    }

    public func list(_ directory: StoragePath) throws -> [String] {
        try perform(.list, directory) { state, _ in
            let prefix = "\(directory)/"
            let names = state.files.filter { $0.value.visible != nil }.keys.map(\.description)
                .filter { $0.hasPrefix(prefix) }
                .map { String($0.dropFirst(prefix.count).prefix { $0 != "/" }) }
            return Set(names).sorted()
        }
    }

    // MARK: Objects

    public func create(_ objects: [(path: StoragePath, bytes: [UInt8])]) throws {
        guard let first = objects.first else { return }
        try perform(.create, first.path) { state, extent in
            var wanted: [StoragePath: [UInt8]] = [:]
            for (path, bytes) in objects {
                try state.requireFolder(path)
                if let present = try wanted[path] ?? state.visibleFile(path), present != bytes {
                    throw DirectoryStorage.conflict(path)
                }
                wanted[path] = bytes
            }
            for (path, bytes) in extent.surviving(objects) { state.put(bytes, at: path, extent) }
        }
    }

    public func create(_ path: StoragePath, from next: () throws -> [UInt8]?) throws {
        guard try size(of: path) == nil else { throw DirectoryStorage.conflict(path) }
        var bytes: [UInt8] = []
        while let piece = try next() { bytes += piece }
        try perform(.create, path) { [bytes] state, extent in
            try state.requireFolder(path)
            guard try state.visibleFile(path) == nil else { throw DirectoryStorage.conflict(path) }
            if extent.survivesWhole { state.put(bytes, at: path, extent) }
        }
    }

    public func replace(_ path: StoragePath, with bytes: [UInt8]) throws {
        try perform(.replace, path) { state, extent in
            try state.requireFolder(path)
            _ = try state.visibleFile(path)
            if extent.survivesWhole { state.put(bytes, at: path, extent) }
        }
    }

    /// In memory nothing is left of what was there.
    public func replaceSecret(_ path: StoragePath, with bytes: [UInt8]) throws { try replace(path, with: bytes) }

    /// There is but one user.
    public func access(to path: StoragePath) throws -> FileAccess? { nil }

    public func remove(_ path: StoragePath) throws {
        try perform(.remove, path) { state, extent in
            _ = try state.visibleFile(path)
            if extent.survivesWhole { state.put(nil, at: path, extent) }
        }
    }

    // MARK: Segments and locks

    public func segment(_ path: StoragePath) throws -> any Segment {
        try perform(.openSegment, path) { state, extent in
            try state.requireFolder(path)
            _ = try state.visibleFile(path)
            guard extent.survivesWhole else { return }
            var file = state.files[path] ?? File()
            file.visible = file.visible ?? []
            if extent != .unflushed { file.durable = file.durable ?? [] }
            state.files[path] = file
        }
        return MemorySegment(self, path)
    }

    fileprivate func write(_ bytes: [UInt8], at offset: Int, of path: StoragePath) throws {
        try perform(.writeSegment, path) { state, extent in
            guard var file = state.files.removeValue(forKey: path), file.visible != nil else {
                throw StorageError(.failed, "cannot write \(path): it was removed")
            }
            for range in extent.survivingRanges(of: bytes.count, at: offset) {
                let piece = bytes[range]
                file.visible?.overwrite(at: offset + range.lowerBound, with: piece)
                if extent != .unflushed { file.durable?.overwrite(at: offset + range.lowerBound, with: piece) }
            }
            state.files[path] = file
        }
    }

    public func lock(_ path: StoragePath) throws -> any StorageLock {
        try perform(.lock, path) { state, extent in
            try state.requireFolder(path)
            _ = try state.visibleFile(path)
            guard extent.survivesWhole else { return }
            guard state.locked.insert(path).inserted else {
                throw StorageError(
                    .locked, "\(path) is locked: another writer has this ledger open; try again when it is done")
            }
            if state.files[path] == nil { state.put([], at: path, .everything) }
        }
        return MemoryLock(self, path)
    }

    fileprivate func unlock(_ path: StoragePath) {
        state.withLock { _ = $0.locked.remove(path) }
    }

    // MARK: Faults

    /// Numbers the operation, asks for a fault, and runs `body` with the extent to which it is to take hold.
    private func perform<Result: Sendable>(
        _ kind: StorageOperation.Kind, _ path: StoragePath, _ body: (inout State, StorageFault.Extent) throws -> Result
    ) throws -> Result {
        let number = state.withLock { state in
            state.operationCount += 1
            return state.operationCount
        }
        let operation = StorageOperation(number: number, kind: kind, path: path)
        let fault = hook?(operation)
        return try state.withLock { state in
            guard !state.hasCrashed else {
                throw StorageError(.failed, "simulated: the machine has stopped (operation \(operation))")
            }
            if case .crashes = fault { state.hasCrashed = true }
            let result = try body(&state, fault?.extent ?? .everything)
            if let fault { throw StorageError(.failed, "simulated: \(fault) in operation \(operation)") }
            return result
        }
    }
}

extension MemoryStorage.State {
    /// The bytes that readers see; throws `failed` where there is a folder.
    func visibleFile(_ path: StoragePath) throws(StorageError) -> [UInt8]? {
        if let file = files[path]?.visible { return file }
        let prefix = "\(path)/"
        guard !files.contains(where: { $0.value.visible != nil && $0.key.description.hasPrefix(prefix) }) else {
            throw StorageError(.failed, "\(path) is a folder")
        }
        return nil
    }

    /// Throws `failed` when something on the way to `path` is no folder.
    func requireFolder(_ path: StoragePath) throws(StorageError) {
        for ancestor in path.ancestors where files[ancestor]?.visible != nil {
            throw StorageError(.failed, "cannot make \(path): \(ancestor) is not a folder")
        }
    }

    mutating func put(_ bytes: [UInt8]?, at path: StoragePath, _ extent: StorageFault.Extent) {
        let durable = extent == .unflushed ? files[path]?.durable : bytes
        files[path] = bytes == nil && durable == nil ? nil : MemoryStorage.File(visible: bytes, durable: durable)
    }
}

extension StorageFault.Extent {
    /// Whether an operation that is all or nothing took hold.
    fileprivate var survivesWhole: Bool {
        switch self {
        case .nothing: false
        case .everything, .unflushed: true
        case .part(let seed): seed % 2 == 0
        }
    }

    /// The objects of a batch that took hold.
    fileprivate func surviving(
        _ objects: [(path: StoragePath, bytes: [UInt8])]
    ) -> [(path: StoragePath, bytes: [UInt8])] {
        guard case .part(let seed) = self else { return survivesWhole ? objects : [] }
        var random = SplitMix(seed: seed)
        let stop = random.next(below: objects.count)
        // The run of objects in one folder that was under way: any of them; before it all, after it none.
        let folder = objects[stop].path.parent
        let runStart = objects[..<stop].lastIndex { $0.path.parent != folder }.map { $0 + 1 } ?? 0
        let run = objects[runStart...].prefix { $0.path.parent == folder }
        return Array(objects[..<runStart]) + run.filter { _ in random.next(below: 2) == 0 }
    }

    /// The ranges of a segment's write of `count` bytes at `offset` that took hold.
    fileprivate func survivingRanges(of count: Int, at offset: Int) -> [Range<Int>] {
        guard case .part(let seed) = self else { return survivesWhole ? [0..<count] : [] }
        var random = SplitMix(seed: seed)
        if random.next(below: 2) == 0 { return [0..<random.next(below: count + 1)] }
        let page = 4096
        return (offset / page...(offset + count) / page).filter { _ in random.next(below: 2) == 0 }.compactMap {
            number in
            let start = max(number * page - offset, 0)
            let end = min((number + 1) * page - offset, count)
            return start < end ? start..<end : nil
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a few repeatable choices from a seed.
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }
}

extension [UInt8] {
    /// Replaces the bytes from `offset` on, with zeros before them where the array is shorter.
    fileprivate mutating func overwrite(at offset: Int, with bytes: ArraySlice<UInt8>) {
        let end = offset + bytes.count
        if count < end { self += [UInt8](repeating: 0, count: end - count) }
        replaceSubrange(offset..<end, with: bytes)
    }
}

private final class MemorySegment: Segment {
    private enum Standing { case open, failed, closed }

    private let storage: MemoryStorage
    private let path: StoragePath
    private let standing = Mutex(Standing.open)

    init(_ storage: MemoryStorage, _ path: StoragePath) {
        self.storage = storage
        self.path = path
    }

    func write(_ bytes: [UInt8], at offset: Int) throws {
        precondition(offset >= 0)
        try standing.withLock { standing in
            guard standing != .closed else { throw StorageError(.failed, "cannot write \(path): it was closed") }
            guard standing != .failed else {
                throw StorageError(.unknownOutcome, "an earlier write to \(path) failed; open the ledger again")
            }
            standing = .failed
            try storage.write(bytes, at: offset, of: path)
            standing = .open
        }
    }

    func close() {
        standing.withLock { $0 = .closed }
    }
}

private final class MemoryLock: StorageLock {
    private let storage: MemoryStorage
    private let path: StoragePath
    private let isHeld = Mutex(true)

    init(_ storage: MemoryStorage, _ path: StoragePath) {
        self.storage = storage
        self.path = path
    }

    deinit { release() }

    func release() {
        let wasHeld = isHeld.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
        if wasHeld { storage.unlock(path) }
    }
}
