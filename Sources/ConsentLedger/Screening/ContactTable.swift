internal import ConsentModel
internal import ConsentRules
internal import LedgerStorage
internal import Synchronization

/// Who has which address and what is recorded of whom, copied out of registry and index as one moment has them, in the
/// order in which they are stored: for many look-ups it costs less than descending their trees each time. It is in
/// temporary files, so that memory does not grow with the ledger, and is gone with the run it was made for.
final class ContactTable: Sendable {
    /// The contact of each tag.
    private let handles: SortedRows<TagKind>
    /// Where in `entries` those of each contact begin, and how many bytes they have.
    private let places: SortedRows<ContactKind>
    private let entries: TemporaryFile

    /// What stands before the bytes of an entry.
    private struct EntryHead: BitwiseCopyable {
        var record: UInt64
        var recordedAt: UInt64
        var keyCount: UInt32
        var payloadCount: UInt32
    }

    /// How often it is asked whether to go on, in rows.
    private static let stretch = 8192

    /// Copies what `registry` and `index` have; the temporary files are made in `folder`. Throws `StorageError` where
    /// there is no room for them, and what `proceed` throws, which is called every now and then.
    init(
        of registry: Registry.View, _ index: CurrentIndex.View, in folder: String,
        proceed: () throws -> Void = {}
    ) throws {
        var steps = 0
        func step() throws {
            steps += 1
            if steps % Self.stretch == 0 { try proceed() }
        }
        let entries = TemporaryFileWriter(try TemporaryFile(in: folder))
        let found = TemporaryFileWriter(try TemporaryFile(in: folder))
        let count = try index.contactCount()
        try Self.copyEntries(index, entries, placing: found, step)
        self.entries = entries.file
        places = try SortedRows(try TemporaryFile(in: folder), expecting: count) { add in
            try index.forEachContact { handle, id in
                try step()
                var place: (UInt64, UInt64) = (0, 0)
                try withUnsafeMutableBytes(of: &place) {
                    try found.file.read($0, at: id * MemoryLayout<(UInt64, UInt64)>.stride)
                }
                try add(handle, place)
            }
        }
        handles = try SortedRows(try TemporaryFile(in: folder), expecting: count) { add in
            try registry.forEachTag { tag, handle in
                try step()
                try add(tag, (handle.high, handle.low))
            }
        }
    }

    /// Copies all entries, and notes for each contact of the index, by its id, where they are.
    private static func copyEntries(
        _ index: CurrentIndex.View, _ entries: TemporaryFileWriter, placing places: TemporaryFileWriter,
        _ step: () throws -> Void
    ) throws {
        var (entries, places) = (entries, places)
        var (contact, start) = (0, 0)
        func place(upTo next: Int) throws {
            while contact < next {
                try places.append(value: (UInt64(start), UInt64(entries.count - start)))
                start = entries.count
                contact += 1
            }
        }
        try index.forEachEntry { next, record, recordedAt, key, payload in
            try step()
            try place(upTo: next)
            try entries.append(
                value: EntryHead(
                    record: record, recordedAt: recordedAt, keyCount: UInt32(key.count),
                    payloadCount: UInt32(payload.count)))
            try entries.append(key)
            try entries.append(payload)
        }
        try place(upTo: try index.contactCount() + 1)
        try entries.flush()
        try places.flush()
    }

    /// As `Registry.View` has it.
    func forEachHandle(
        of tags: [ContactTag], in order: [Int], do body: (Int, ContactHandle) throws -> Void
    ) throws {
        try handles.forEach(of: tags, in: order) { place, handle in
            try body(place, ContactHandle(high: handle.0, low: handle.1))
        }
    }

    /// As `CurrentIndex.View` has it.
    func forEachTimeline(
        of handles: [ContactHandle], in order: [Int], do body: (Int, [ContactTimeline.Entry]) throws -> Void
    ) throws {
        var buffer: [UInt8] = []
        var keys = KnownKeys()
        var (open, found): (Int?, [ContactTimeline.Entry]) = (nil, [])
        // A handle that stands there twice has all of its entries, as in the index.
        try places.forEach(of: handles, in: order) { place, bytes in
            if let open, open != place {
                try body(open, found)
                found = []
            }
            open = place
            try read(from: Int(bytes.0), count: Int(bytes.1), &buffer, &keys, to: &found)
        }
        if let open { try body(open, found) }
    }

    private func read(
        from offset: Int, count: Int, _ buffer: inout [UInt8], _ keys: inout KnownKeys,
        to found: inout [ContactTimeline.Entry]
    ) throws {
        guard count > 0 else { return }
        if buffer.count < count { buffer = [UInt8](repeating: 0, count: max(count, 4096)) }
        try buffer.withUnsafeMutableBytes { bytes in
            try entries.read(UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]), at: offset)
        }
        var position = 0
        while position < count {
            let head = buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: EntryHead.self) }
            let key = position + MemoryLayout<EntryHead>.size
            let payload = key + Int(head.keyCount)
            position = payload + Int(head.payloadCount)
            found.append(
                try CurrentIndex.entry(
                    record: head.record, recordedAt: head.recordedAt, key: keys.key(buffer[key..<payload]),
                    payload: buffer[payload..<position]))
        }
    }
}

/// Keys of sources, of which there are few: each is made once.
struct KnownKeys {
    private var last: [UInt8] = []

    mutating func key(_ bytes: some Collection<UInt8>) -> [UInt8] {
        if !last.elementsEqual(bytes) { last = Array(bytes) }
        return last
    }
}

/// A table that the threads of one run share: made when so many look-ups are to be expected that it pays.
final class SharedContactTable: Sendable {
    /// When it is made.
    enum Policy: Sendable {
        case never
        case atOnce
        /// When it costs less than looking up all that was looked up, or will be.
        case whenItPays(expected: Int)
    }

    private enum State: Sendable {
        case waiting(asked: Int)
        /// Being made, by one thread; the others go on without.
        case underway
        case made(ContactTable)
        /// There is no room for one, or no place.
        case impossible
    }

    private let policy: Policy
    private let folder: String
    private let proceed: @Sendable () throws -> Void
    private let state = Mutex(State.waiting(asked: 0))

    /// Copying a contact costs about half of what looking one up does.
    private static let contactsALookUp = 2

    /// `proceed` is called every now and then while one is made, and ends that by what it throws.
    init(_ policy: Policy, in folder: String, proceed: @escaping @Sendable () throws -> Void = {}) {
        self.policy = policy
        self.folder = folder
        self.proceed = proceed
    }

    /// Whether there is one.
    var isMade: Bool { state.withLock { if case .made = $0 { true } else { false } } }

    /// The table, where there is one by now for `count` look-ups more; what `registry` and `index` have is what it has.
    func table(for count: Int, of registry: Registry.View, _ index: CurrentIndex.View) throws -> ContactTable? {
        switch state.withLock({ $0 }) {
        case .made(let table): return table
        case .underway, .impossible: return nil
        case .waiting: break
        }
        let contacts = try index.contactCount()
        let isMine = state.withLock { state in
            guard case .waiting(let asked) = state else { return false }
            guard isWorth(asked + count, contacts) else {
                state = .waiting(asked: asked + count)
                return false
            }
            state = .underway
            return true
        }
        guard isMine else { return nil }
        do {
            let table = try ContactTable(of: registry, index, in: folder, proceed: proceed)
            state.withLock { $0 = .made(table) }
            return table
        } catch is StorageError {
            // The databases say the same, and take longer.
            state.withLock { $0 = .impossible }
            return nil
        }
    }

    private func isWorth(_ asked: Int, _ contacts: Int) -> Bool {
        switch policy {
        case .never: false
        case .atOnce: true
        case .whenItPays(let expected): max(asked, expected) >= contacts / Self.contactsALookUp
        }
    }
}
