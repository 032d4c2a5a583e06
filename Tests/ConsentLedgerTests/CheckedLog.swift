import ConsentModel
import ConsentRules
import Foundation
import LedgerCrypto
import LedgerStorage
import Testing
import TransparencyLog

@testable import ConsentLedger

/// The published log of a ledger after every byte of it was checked, slowly and in one's own words, without what wrote
/// it: framing, strict decoding, places, times, chains, tiles, roots, kept checkpoints and, where asked, signatures and
/// rules. What is wrong is an expectation of the test that calls.
struct CheckedLog {
    struct Entry {
        let record: Record
        let statement: ConsentModel.Statement
        let payload: Payload
        let leafHash: SHA256Digest

        var event: Event? {
            guard case .event(let event) = payload else { return nil }
            return event
        }
    }

    let checkpoint: Checkpoint
    private(set) var entries: [Entry] = []
    /// The root at each size.
    private(set) var roots: [SHA256Digest] = [MerkleHash.empty]
    private let storage: any LedgerStorage
    private let sourceLocation: SourceLocation

    init(
        _ storage: any LedgerStorage, signatures: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        self.storage = storage
        self.sourceLocation = sourceLocation
        let vkey = String(decoding: try #require(try storage.read("log/log.vkey")), as: UTF8.self)
        let key = try VerifierKey(String(vkey.dropLast()))
        let signed = try SignedCheckpoint(parsing: try #require(try storage.read("log/checkpoint")))
        #expect(try signed.note.verify(with: [key]).count == 1, sourceLocation: sourceLocation)
        checkpoint = signed.checkpoint
        try readEntries()
        try checkTiles()
        checkChains()
        try checkKept(key)
        if signatures { try checkStatements() }
    }

    private mutating func readEntries() throws {
        var edge = RightEdge()
        var last = Timestamp.epoch
        for tile in Tile.inRow(.entries, from: 0, to: checkpoint.size) {
            let path = try StoragePath("log/" + tile.path)
            let full = try StoragePath("log/" + tile.full.path)
            let bytes = try #require(try storage.read(path) ?? storage.read(full), "\(path)")
            let bundle = try EntryBundle(parsing: bytes, count: tile.width)
            for position in 0..<bundle.count {
                let record = try Record(decoding: bundle[position])
                let statement = try Statement(decoding: record.statement[...])
                expect(record.index == UInt64(entries.count), "record \(record.index) at \(entries.count)")
                expect(record.encoded() == Array(bundle[position]), "record \(record.index) encodes as it is")
                expect(record.recordedAt >= last, "recorded-at of \(record.index) goes back")
                last = record.recordedAt
                let leafHash = MerkleHash.leaf(Array(bundle[position]))
                edge.append(leafHash)
                roots.append(edge.root)
                entries.append(
                    Entry(
                        record: record, statement: statement,
                        payload: try Payload(decoding: statement.payload[...]), leafHash: leafHash))
            }
        }
        expect(edge.root == checkpoint.root, "the entries lead to the root")
        expect(Set(entries.map(\.payload.id)).count == entries.count, "an event id is there twice")
    }

    private func checkTiles() throws {
        var builder = TileBuilder()
        builder.append(contentsOf: entries.map(\.leafHash))
        for tile in builder.takeTiles() {
            let bytes = try storage.read(StoragePath("log/" + tile.tile.path))
            expect(bytes == tile.bytes, "\(tile.tile.path) holds the hashes")
        }
    }

    private func checkChains() {
        var heads: [Chain: (sequence: UInt64, index: UInt64)] = [:]
        for entry in entries {
            for link in entry.record.links {
                if let head = heads[link.chain] {
                    let isNext =
                        link.sequence == head.sequence + 1 && link.previousIndex == head.index
                        && link.previousLeafHash == entries[Int(head.index)].leafHash
                    expect(isNext, "record \(entry.record.index) follows \(head) in \(link.chain)")
                } else {
                    expect(link == ChainLink(beginning: link.chain), "\(entry.record.index) begins \(link.chain)")
                }
                heads[link.chain] = (link.sequence, entry.record.index)
            }
        }
    }

    private func checkKept(_ key: VerifierKey) throws {
        let names = try storage.list("log/checkpoints")
        expect(names.last.map { UInt64($0) } == checkpoint.size, "the checkpoint is kept")
        for name in names {
            let bytes = try #require(try storage.read(StoragePath("log/checkpoints/" + name)))
            let kept = try SignedCheckpoint(parsing: bytes)
            try expect(kept.note.verify(with: [key]).count == 1, "the kept checkpoint \(name) is signed")
            expect(UInt64(name) == kept.checkpoint.size && name.count == 20, "\(name) is named for its size")
            expect(contains(kept.checkpoint), "the kept checkpoint \(name) is of this log")
        }
    }

    private func checkStatements() throws {
        var catalog = Catalog(origin: checkpoint.origin)
        for entry in entries {
            let record = entry.record
            let key = try catalog.signingKey(
                for: entry.payload, keyIdentifier: entry.statement.keyIdentifier, business: record.business,
                index: record.index)
            let context = record.statementContext(
                origin: checkpoint.origin, ledgerID: entries[0].leafHash)
            expect(entry.statement.isSigned(by: key, for: context), "record \(record.index) is signed")
            guard let event = entry.event else { continue }
            expect(record.isLinked(as: event.type), "record \(record.index) is in the chains of its type")
            try catalog.admit(
                event, business: record.business ?? "", index: record.index, recordedAt: record.recordedAt)
            try catalog.apply(record, event, leafHash: entry.leafHash)
            if let digest = event.bytes(.textDigest) {
                let object = try storage.read(StoragePath("log/object/" + Hexadecimal.encode(digest)))
                expect(object.map { SHA256Digest(hashing: $0).bytes } == digest, "the text of \(record.index)")
            }
        }
    }

    /// Whether a checkpoint is of a beginning of this log.
    func contains(_ other: Checkpoint) -> Bool {
        other.size < UInt64(roots.count) && other.root == roots[Int(other.size)]
            && other.origin == checkpoint.origin
    }

    /// Each contact's records, in the order of the log.
    var timelines: [ContactHandle: [ContactTimeline.Entry]] {
        entries.reduce(into: [:]) { timelines, entry in
            for handle in entry.record.handles {
                timelines[handle, default: []].append(
                    ContactTimeline.Entry(
                        index: entry.record.index, recordedAt: entry.record.recordedAt,
                        keyIdentifier: entry.statement.keyIdentifier, payload: entry.payload))
            }
        }
    }

    /// The contacts that were erased.
    var erased: Set<ContactHandle> {
        Set(entries.filter { $0.event?.type == .contactErased }.flatMap(\.record.handles))
    }

    private func expect(_ condition: @autoclosure () throws -> Bool, _ what: @autoclosure () -> String) rethrows {
        if try !condition() { Issue.record("\(what())", sourceLocation: sourceLocation) }
    }
}

extension LedgerWorld {
    /// Checks the whole ledger, which must be closed: the log, and that index, registry and sealed parts say the same;
    /// what was checked before may be left out, for time.
    @discardableResult
    func check(
        signatures: Bool = true, privateFrom first: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> CheckedLog {
        let log = try CheckedLog(storage, signatures: signatures, sourceLocation: sourceLocation)
        try Ledger(location).read { snapshot in
            #expect(snapshot.size == log.checkpoint.size, sourceLocation: sourceLocation)
            #expect(try snapshot.indexedSize() == log.checkpoint.size, sourceLocation: sourceLocation)
            #expect(try snapshot.root() == log.checkpoint.root, sourceLocation: sourceLocation)
            var indexed: [ContactHandle: [ContactTimeline.Entry]] = [:]
            try snapshot.forEachIndexedTimeline { indexed[$0.handle] = $0.entries }
            #expect(indexed == log.timelines, sourceLocation: sourceLocation)
            let erased = log.erased
            for entry in log.entries.dropFirst(first) {
                #expect(try snapshot.record(at: entry.record.index) == entry.record, sourceLocation: sourceLocation)
                try checkPrivate(entry, snapshot, erased: erased, sourceLocation)
            }
            try checkAddresses(Set(indexed.keys), snapshot, erased: erased, sourceLocation)
        }
        return log
    }

    private func checkPrivate(
        _ entry: CheckedLog.Entry, _ snapshot: LedgerSnapshot, erased: Set<ContactHandle>,
        _ sourceLocation: SourceLocation
    ) throws {
        guard let event = entry.event, !event.type.isGovernance else { return }
        let fields = try snapshot.privateFields(of: entry.record.index)
        guard erased.isDisjoint(with: entry.record.handles) else {
            #expect(
                !fields.contains { erased.contains($0.handle) }, "record \(entry.record.index) opens nothing erased",
                sourceLocation: sourceLocation)
            return
        }
        let ledgerID = try LedgerIdentity(of: location).ledgerID
        let commitments = fields.map { $0.field.commitment(ledgerID: ledgerID, event: event.id) }
        #expect(
            PrivateField.commitmentDigest(commitments).bytes == event.commitment,
            "the private fields of record \(entry.record.index)", sourceLocation: sourceLocation)
    }

    /// Every contact has an address, unless it was erased; no two open contacts have the same one.
    private func checkAddresses(
        _ handles: Set<ContactHandle>, _ snapshot: LedgerSnapshot, erased: Set<ContactHandle>,
        _ sourceLocation: SourceLocation
    ) throws {
        for handle in handles {
            #expect(
                try (snapshot.address(of: handle) == nil) == erased.contains(handle), "the address of \(handle)",
                sourceLocation: sourceLocation)
        }
        var seen: Set<String> = []
        try snapshot.forEachContact { address, business, timeline in
            #expect(
                seen.insert(business + address.text).inserted, "one contact an address", sourceLocation: sourceLocation)
            let handle = try snapshot.handle(of: address, business: business)
            #expect(handle == timeline.handle, sourceLocation: sourceLocation)
        }
    }
}
