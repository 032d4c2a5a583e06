internal import ConsentModel
internal import LedgerCrypto
internal import LedgerStorage

/// The contents of attachments: an object each, sealed as a stream, under `private/sealed/attachments/<handle>/<event id>`,
/// written before the event is recorded. So an object whose event is not in the ledger was left by a crash; an event
/// without its object has lost it, or its contact was erased.
///
/// A content that is sealed again under another data key is beside the first, under a name that the key gives; so whoever
/// has a data key finds the content that it opens.
struct AttachmentStore {
    private let storage: any LedgerStorage
    private let ledgerID: [UInt8]
    /// How many sealed pieces are read at a time.
    private static let piecesAtOnce = 16

    init(_ storage: any LedgerStorage, ledgerID: [UInt8]) {
        self.storage = storage
        self.ledgerID = ledgerID
    }

    private static func folder(_ handle: ContactHandle) throws -> StoragePath {
        try LedgerPaths.attachments.appending(handle.description)
    }

    static func path(_ handle: ContactHandle, _ event: EventID) throws -> StoragePath {
        try folder(handle).appending(event.description)
    }

    private static let markByteCount = 8

    /// Where a content is that was sealed again under `key`.
    private func replacedPath(_ handle: ContactHandle, _ event: EventID, key: SealingKey) throws -> StoragePath {
        let mark = key.derivedKey(of: place(handle, event, "consent-ledger/attachment-name/v1")).withUnsafeBytes {
            Hexadecimal.encode(Array($0.prefix(Self.markByteCount)))
        }
        return try Self.folder(handle).appending("\(event)-\(mark)")
    }

    /// Where the content is that `key` opens.
    private func path(_ handle: ContactHandle, _ event: EventID, key: SealingKey) throws -> StoragePath {
        let replaced = try replacedPath(handle, event, key: key)
        return try storage.size(of: replaced) == nil ? Self.path(handle, event) : replaced
    }

    /// The event of whose content this is the name; `nil` for another name.
    private static func event(named name: String) -> EventID? {
        let words = name.split(separator: "-", omittingEmptySubsequences: false)
        guard words.count <= 2, words.count == 1 || Hexadecimal.decode(words[1])?.count == markByteCount else {
            return nil
        }
        return Hexadecimal.decode(words[0]).flatMap { EventID($0) }
    }

    /// Where the content belongs, which its key depends on.
    private func place(
        _ handle: ContactHandle, _ event: EventID, _ use: String = "consent-ledger/attachment/v1"
    ) -> [UInt8] {
        var encoder = CBOREncoder()
        encoder.array(count: 4)
        encoder.text(use)
        encoder.byteString(ledgerID)
        encoder.byteString(handle)
        encoder.byteString(event)
        return encoder.bytes
    }

    /// Seals what `next` gives until it gives `nil`, pieces of any size, which must be what the draft says. Nothing is
    /// written if it is not: throws `contentChanged`.
    func write(
        _ draft: AttachmentDraft, _ handle: ContactHandle, _ event: EventID, key: SealingKey, random: any RandomSource,
        from next: () throws -> [UInt8]?
    ) throws {
        var sealer = StreamSealer(key: key, place: place(handle, event), random: random)
        var pending: [UInt8] = []
        var hasHeader = false
        var isDone = false
        var count: UInt64 = 0
        var hasher = SHA256Hasher()
        let changed = LedgerError(
            .contentChanged,
            "“\(draft.fileName)” changed while it was read, so it was not attached; try again when nobody writes it")
        try storage.create(Self.path(handle, event)) { () -> [UInt8]? in
            guard hasHeader else {
                hasHeader = true
                return sealer.header
            }
            guard !isDone else { return nil }
            // One piece is held back until it is known whether it is the last.
            while pending.count <= SealedStream.pieceByteCount {
                guard let bytes = try next() else {
                    isDone = true
                    break
                }
                count += UInt64(bytes.count)
                guard count <= draft.byteCount else { throw changed }
                hasher.update(bytes)
                pending += bytes
            }
            var sealed: [UInt8] = []
            var start = 0
            while pending.count - start > SealedStream.pieceByteCount {
                let end = start + SealedStream.pieceByteCount
                sealed += sealer.seal(Array(pending[start..<end]), isLast: false)
                start = end
            }
            pending.removeFirst(start)
            guard isDone else { return sealed }
            guard count == draft.byteCount, hasher.finalize() == draft.digest else { throw changed }
            return sealed + sealer.seal(pending, isLast: true)
        }
    }

    /// Seals a content that `old` opens again under `new`, beside it. Durable at return. Throws `damaged` where it does not
    /// open.
    func reseal(
        _ handle: ContactHandle, _ event: EventID, from old: SealingKey, to new: SealingKey, random: any RandomSource
    ) throws {
        let path = try path(handle, event, key: old)
        // Shorter than that it has no piece, and so none that says that it is the last.
        guard let size = try storage.size(of: path), size > SealedStream.headerByteCount else {
            throw LedgerError(
                .damaged,
                "\(path), a content of the contact \(handle), is missing or was cut short; restore it from its backup")
        }
        var sealer = StreamSealer(key: new, place: place(handle, event), random: random)
        var offset = 0
        do {
            let header = try storage.read(path, from: 0, count: SealedStream.headerByteCount) ?? []
            var opener = try StreamOpener(key: old, place: place(handle, event), header: header)
            let stride = SealedStream.pieceByteCount + SealedStream.overhead
            try storage.create(replacedPath(handle, event, key: new)) { () -> [UInt8]? in
                guard offset > 0 else {
                    offset = header.count
                    return sealer.header
                }
                guard offset < size else { return nil }
                let bytes = try storage.read(path, from: offset, count: stride * Self.piecesAtOnce) ?? []
                var sealed: [UInt8] = []
                var start = 0
                repeat {
                    let end = min(start + stride, bytes.count)
                    let isLast = offset + end == size
                    let piece = try opener.open(Array(bytes[start..<end]), isLast: isLast)
                    sealed += sealer.seal(piece, isLast: isLast)
                    start = end
                } while start < bytes.count
                offset += bytes.count
                return sealed
            }
        } catch let error as CryptoError {
            throw LedgerError(
                .damaged,
                "\(path), a content of the contact \(handle), was altered: \(error); restore it from its backup")
        }
    }

    /// Removes what is left of contents that were sealed again: all but those that `key` opens. Durable at return; again is
    /// fine.
    func removeReplaced(of handle: ContactHandle, key: SealingKey) throws {
        for name in try storage.list(Self.folder(handle)) {
            guard let event = Self.event(named: name), try path(handle, event, key: key).name != name else { continue }
            try storage.remove(Self.folder(handle).appending(name))
        }
    }

    /// Whether the content is there that `key` opens, in the size that it must have.
    func holds(_ attachment: Attachment, key: SealingKey) throws -> Bool {
        try holds(attachment, at: path(attachment.handle, attachment.event, key: key))
    }

    /// Throws `damaged` unless the content is there that `key` opens, in the size that it must have.
    func refuseMissing(_ attachment: Attachment, key: SealingKey) throws {
        let path = try path(attachment.handle, attachment.event, key: key)
        guard try holds(attachment, at: path) else {
            throw LedgerError(
                .damaged,
                "\(path), which holds “\(attachment.fileName)” of record \(attachment.index), is missing or was cut short; "
                    + "restore it from its backup")
        }
    }

    private func holds(_ attachment: Attachment, at path: StoragePath) throws -> Bool {
        try storage.size(of: path).map(UInt64.init) == SealedStream.sealedByteCount(of: attachment.byteCount)
    }

    /// Gives the content to `body`, piece by piece. Throws `damaged` if it is missing, or not what the event says: what was
    /// given before that is not to be used.
    func read(_ attachment: Attachment, key: SealingKey, _ body: ([UInt8]) throws -> Void) throws {
        try refuseMissing(attachment, key: key)
        let path = try path(attachment.handle, attachment.event, key: key)
        let size = Int(SealedStream.sealedByteCount(of: attachment.byteCount))
        let header = try storage.read(path, from: 0, count: SealedStream.headerByteCount) ?? []
        var hasher = SHA256Hasher()
        do {
            var opener = try StreamOpener(
                key: key, place: place(attachment.handle, attachment.event), header: header)
            let stride = SealedStream.pieceByteCount + SealedStream.overhead
            var offset = SealedStream.headerByteCount
            while offset < size {
                let bytes = try storage.read(path, from: offset, count: stride * Self.piecesAtOnce) ?? []
                var start = 0
                repeat {
                    let end = min(start + stride, bytes.count)
                    let piece = try opener.open(Array(bytes[start..<end]), isLast: offset + end == size)
                    hasher.update(piece)
                    try body(piece)
                    start = end
                } while start < bytes.count
                offset += bytes.count
            }
        } catch let error as CryptoError {
            throw LedgerError(.damaged, "\(path), which holds “\(attachment.fileName)”, was altered: \(error)")
        }
        guard hasher.finalize() == attachment.digest else {
            throw LedgerError(.damaged, "\(path) does not hold what record \(attachment.index) says that it holds")
        }
    }

    /// The events whose contents are kept for a contact; none without a folder.
    func events(of handle: ContactHandle) throws -> [EventID] {
        // Names of one event follow one another.
        try storage.list(Self.folder(handle)).compactMap(Self.event).reduce(into: []) { events, event in
            if events.last != event { events.append(event) }
        }
    }

    /// The contacts that have a folder, which may have become empty.
    func handles() throws -> [ContactHandle] {
        try storage.list(LedgerPaths.attachments).compactMap { Hexadecimal.decode($0).flatMap { ContactHandle($0) } }
    }

    /// Removes a content that was never sealed again; durable at return.
    func remove(_ handle: ContactHandle, _ event: EventID) throws { try storage.remove(Self.path(handle, event)) }

    /// Removes all contents of a contact, those that were not written to their end too; durable at return. Again is fine.
    func removeAll(of handle: ContactHandle) throws {
        for name in try storage.list(Self.folder(handle)) where Self.event(named: name) != nil {
            try storage.remove(Self.folder(handle).appending(name))
        }
        try removeUnfinished(of: handle)
    }

    /// Removes what a crash left of contents that were being written.
    func removeUnfinished(of handle: ContactHandle) throws { try storage.removeUnfinished(in: Self.folder(handle)) }

    /// A file or folder among the contents that is none of them.
    struct Stray {
        let path: String
        /// The contact in whose folder it is.
        let handle: ContactHandle?
        /// Whether it is a content that is being written, or was when the program ended.
        let isUnfinished: Bool
    }

    /// What is among the contents and is none.
    func strays() throws -> [Stray] {
        var found: [Stray] = []
        func look(in folder: StoragePath, _ handle: ContactHandle?, isOurs: (String) -> Bool) throws {
            for name in try storage.list(folder) where !isOurs(name) {
                found.append(Stray(path: "\(folder)/\(name)", handle: handle, isUnfinished: false))
            }
            for name in try storage.unfinished(in: folder) {
                found.append(Stray(path: "\(folder)/\(name)", handle: handle, isUnfinished: true))
            }
        }
        try look(in: LedgerPaths.attachments, nil) { Hexadecimal.decode($0).flatMap { ContactHandle($0) } != nil }
        for handle in try handles() {
            try look(in: Self.folder(handle), handle) { Self.event(named: $0) != nil }
        }
        return found
    }
}
