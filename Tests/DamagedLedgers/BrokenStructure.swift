internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// What the first level finds: files, framing, decoding.
extension BrokenLedger {
    private static let bundle = "tile/entries/000.p/22"
    private static let tile = "tile/0/000.p/22"
    static let kept = "checkpoints/000000000000000000"

    static let brokenStructure: [BrokenLedger] = files + checkpoints + records + statements + events

    /// Files missing, cut or lengthened, by who holds the disk.
    private static let files: [BrokenLedger] = [
        tampered("missing-bundle", "The entries are gone.", .structure("missing-file", at: 0)) {
            $0.files[bundle] = nil
        },
        tampered("missing-tile", "The leaf hashes are gone.", .structure("missing-file", at: 0)) {
            $0.files[tile] = nil
        },
        tampered(
            "missing-partial-bundle", "A kept checkpoint needs a partial bundle that is gone.",
            .structure("missing-file")
        ) { $0.files["tile/entries/000.p/12"] = nil },
        tampered(
            "missing-partial-tile", "A kept checkpoint needs a partial tile that is gone.", .structure("missing-file")
        ) { $0.files["tile/0/000.p/12"] = nil },
        tampered("missing-checkpoint", "The published checkpoint is gone.", .structure("missing-file")) {
            $0.files["checkpoint"] = nil
        },
        tampered(
            "missing-kept-checkpoint", "The published checkpoint was not kept with the others.",
            .structure("missing-file")
        ) { $0.files[kept + "22"] = nil },
        tampered("missing-keys", "The file of the log's keys is gone.", .structure("missing-file")) {
            $0.files["log.vkey"] = nil
        },
        tampered(
            "truncated-bundle", "The last byte of the entries is gone.", .structure("malformed-bundle", at: 0)
        ) { $0.files[bundle]!.removeLast() },
        tampered(
            "dropped-entry-in-bundle", "The last entry is gone from the bundle, and nothing else is changed.",
            .structure("malformed-bundle", at: 0)
        ) { log in
            let entries = try! EntryBundle(parsing: log.files[bundle]!, count: 22)
            log.files[bundle] = Array(entries.bytes[..<(entries.ranges[21].lowerBound - 2)])
        },
        tampered(
            "trailing-bytes-in-bundle", "An empty entry more than the checkpoint says follows the entries.",
            .structure("malformed-bundle", at: 0)
        ) { $0.files[bundle]! += [0, 0] },
        tampered(
            "changed-length-in-bundle", "The length before an entry is one less.",
            .structure("malformed-bundle", at: 0)
        ) { $0.files[bundle]![1] -= 1 },
        tampered("truncated-tile", "The last leaf hash is gone.", .structure("malformed-tile")) {
            $0.files[tile]!.removeLast(32)
        },
        tampered("lengthened-tile", "A leaf hash more follows.", .structure("malformed-tile")) {
            $0.files[tile]! += [UInt8](repeating: 0, count: 32)
        },
        tampered(
            "bundle-that-is-a-link", "The entries are elsewhere, and a link leads to them.",
            .structure("not-a-file", at: 0)
        ) { $0.replaceByLink(bundle, to: "../../../spare") },
        tampered(
            "checkpoint-that-is-a-link", "The published checkpoint is a link to the one that was kept of it.",
            .structure("not-a-file")
        ) { log in
            log.files["checkpoint"] = nil
            log.links["checkpoint"] = kept + "22"
        },
        tampered(
            "kept-checkpoint-that-is-a-directory", "What is named as a kept checkpoint is a directory.",
            .structure("not-a-file")
        ) { log in
            log.files[kept + "12/README"] = log.files[kept + "12"]
            log.files[kept + "12"] = nil
        },
        tampered(
            "tiles-behind-a-link", "The directory of the tiles is a link to another one.",
            .structure("not-a-file", at: 0)
        ) { log in
            for path in log.files.keys where path.hasPrefix("tile/") {
                log.files["spare/" + path.dropFirst("tile/".count)] = log.files.removeValue(forKey: path)
            }
            log.links["tile"] = "spare"
        },
        tampered(
            "partial-tile-that-is-a-link", "The tile that an older checkpoint needs is a link to one that is the same.",
            .structure("not-a-file")
        ) { $0.replaceByLink("tile/0/000.p/12", to: "../../../spare") },
        tampered("malformed-keys", "A line of the log's keys is no vkey.", .structure("malformed-keys")) {
            $0.files["log.vkey"]! += Array("log.example.com/consent+00000000+AAAA\n".utf8)
        },
    ]

    /// Checkpoints that are none, or are another log's, under good signatures.
    private static let checkpoints: [BrokenLedger] = [
        tampered(
            "checkpoint-with-leading-zero", "The size in the checkpoint has a leading zero.",
            .structure("malformed-checkpoint")
        ) { $0.publish { $0.replacing("\n22\n", with: "\n022\n") } },
        tampered(
            "checkpoint-with-carriage-returns", "The lines of the checkpoint end as in files of Windows.",
            .structure("malformed-checkpoint")
        ) { log in
            for path in ["checkpoint", kept + "22"] {
                log.files[path] = Array(
                    String(decoding: log.files[path]!, as: UTF8.self).replacing("\n", with: "\r\n").utf8)
            }
        },
        tampered(
            "checkpoint-without-signature", "The signature line of the checkpoint is gone.",
            .structure("malformed-checkpoint")
        ) { log in
            let text = try! SignedNote(parsing: log.files["checkpoint"]!).text
            for path in ["checkpoint", kept + "22"] { log.files[path] = text + [0x0a] }
        },
        tampered(
            "checkpoint-that-ends-early", "The last newline of the checkpoint is gone.",
            .structure("malformed-checkpoint")
        ) { log in
            for path in ["checkpoint", kept + "22"] { log.files[path]!.removeLast() }
        },
        tampered(
            "kept-checkpoint-under-another-size", "A kept checkpoint is named for another size than its own.",
            .structure("malformed-checkpoint")
        ) { $0.files[kept + "12"] = $0.files[kept + "06"] },
        tampered(
            "kept-checkpoint-of-another-log", "Among the kept checkpoints is one of another origin.",
            .structure("wrong-origin")
        ) { log in
            let old = try! SignedCheckpoint(parsing: log.files[kept + "12"]!).checkpoint
            log.files[kept + "12"] =
                try! SignedCheckpoint(
                    signing: Checkpoint(origin: "other.example.com/consent", size: 12, root: old.root),
                    with: LedgerStory.secondLog.key
                ).bytes
        },
        told(
            "another-origin", "The whole log, keys and all, is made again under another origin.",
            .structure("wrong-origin")
        ) { $0.origin = "log.example.com/other" },
    ]

    /// Entries that are no records of their place.
    private static let records: [BrokenLedger] = [
        entry("empty-entry", "An entry is empty.", "malformed-record") { _ in [] },
        entry("entry-that-is-text", "An entry is a line of text.", "malformed-record") { _ in Array("hello\n".utf8) },
        entry("trailing-bytes-after-record", "A byte follows a record.", "malformed-record") { $0 + [0] },
        entry("record-of-a-later-version", "A record says that it is of version 2.", "unknown-record-version") {
            CBORParts.replacing(RecordPart.version, of: $0) { _ in [2] }
        },
        entry("index-in-a-longer-head", "The index is encoded in more bytes than it needs.", "malformed-record") {
            CBORParts.replacing(RecordPart.index, of: $0) { [0x18] + $0 }
        },
        entry("index-with-a-tag", "The time carries a CBOR tag.", "malformed-record") {
            CBORParts.replacing(RecordPart.recordedAt, of: $0) { [0xc1] + $0 }
        },
        entry("links-of-indefinite-length", "The links are an array of indefinite length.", "malformed-record") {
            CBORParts.replacing(RecordPart.links, of: $0) { [0x9f] + $0.dropFirst() + [0xff] }
        },
        entry("six-parts", "A record has a sixth part.", "malformed-record") {
            CBORParts.array(CBORParts.items(of: $0) + [[0]])
        },
        entry("no-links", "A record is in no chain.", "malformed-record") {
            CBORParts.replacing(RecordPart.links, of: $0) { _ in [0x80] }
        },
        entry("links-out-of-order", "The contact's link stands before the business's.", "malformed-record") {
            CBORParts.replacing(RecordPart.links, of: $0) { CBORParts.array(CBORParts.items(of: $0).reversed()) }
        },
        entry("link-twice", "A record has the same link twice.", "malformed-record") {
            CBORParts.replacing(RecordPart.links, of: $0) { links in
                let items = CBORParts.items(of: links)
                return CBORParts.array(items + items.suffix(1))
            }
        },
        entry(
            "two-businesses", "A record is in the chains of two businesses, of which the signature covers one.",
            "malformed-record"
        ) {
            CBORParts.replacing(RecordPart.links, of: $0) { links in
                let items = CBORParts.items(of: links)
                let second = CBORParts.replacing(1, of: items[0]) { _ in CBORParts.byteString(Array("zoo".utf8)) }
                return CBORParts.array([items[0], second] + items.dropFirst())
            }
        },
        entry("link-to-itself", "A link names the record that it is in.", "malformed-record") {
            CBORParts.replacing(RecordPart.links, of: $0) {
                CBORParts.replacing(0, of: $0) { CBORParts.replacing(3, of: $0) { _ in CBORParts.unsigned(18) } }
            }
        },
        entry(
            "first-link-that-names-a-record", "A link with sequence 0 names a record before it.", "malformed-record"
        ) {
            CBORParts.replacing(RecordPart.links, of: $0) {
                CBORParts.replacing(1, of: $0) { CBORParts.replacing(3, of: $0) { _ in CBORParts.unsigned(4) } }
            }
        },
        entry("link-of-an-unknown-kind", "A link is of kind 3.", "malformed-record") {
            CBORParts.replacing(RecordPart.links, of: $0) {
                CBORParts.replacing(1, of: $0) { CBORParts.replacing(0, of: $0) { _ in [3] } }
            }
        },
        told("wrong-index", "A record says that it is the one after it.", .structure("wrong-index", at: 18)) {
            $0.steps[18] = { $0.optIn(LedgerStory.dan, lie: .init(index: 19)) }
        },
        told(
            "dropped-record", "A record is left out, the tree above it is made again and signed.",
            .structure("wrong-index", at: 18)
        ) { $0.copy { entries in entries.remove(at: 18) } },
        told(
            "dropped-record-links-kept",
            "A record is left out and the indexes above it made again; the links still name what was there.",
            .structure("malformed-record", at: 18)
        ) {
            $0.copy { entries in
                entries.remove(at: 17)
                for index in 17..<entries.count {
                    entries[index] = CBORParts.replacing(RecordPart.index, of: entries[index]) { _ in
                        CBORParts.unsigned(UInt64(index))
                    }
                }
            }
        },
        told(
            "record-twice", "A record is there twice, the tree above it is made again and signed.",
            .structure("wrong-index", at: 19)
        ) { $0.copy { entries in entries.insert(entries[18], at: 18) } },
        told(
            "swapped-records", "Two records have changed places, the tree above them is made again and signed.",
            .structure("wrong-index", "time-goes-back", at: 18)
        ) { $0.copy { entries in entries.swapAt(18, 19) } },
        told(
            "time-goes-back", "A record was recorded before the one that precedes it.",
            .structure("time-goes-back", at: 18)
        ) { $0.steps.insert({ $0.now -= 1500 }, at: 18) },
    ]

    /// Statements that are not in their one form.
    private static let statements: [BrokenLedger] = [
        statement("tagged-statement", "The statement carries the tag of COSE_Sign1.") { [0xd2] + $0 },
        statement("trailing-bytes-after-statement", "A byte follows the statement.") { $0 + [0] },
        statement("unprotected-header", "The statement has an unprotected header.") {
            CBORParts.replacing(StatementPart.unprotected, of: $0) { _ in [0xa1, 0x04, 0x41, 0x00] }
        },
        statement("another-algorithm", "The protected header says ES256.") {
            CBORParts.replacing(StatementPart.protected, of: $0) { header in
                CBORParts.byteString(CBORParts.content(of: header).replacing([1, 0x27], with: [1, 0x26]))
            }
        },
        statement("another-content-type", "The protected header says another content type.") {
            CBORParts.replacing(StatementPart.protected, of: $0) { header in
                CBORParts.byteString(
                    CBORParts.content(of: header).replacing(Array("event+cbor".utf8), with: Array("event+json".utf8)))
            }
        },
        statement("detached-payload", "The payload is not there, as in a detached signature.") {
            CBORParts.replacing(StatementPart.payload, of: $0) { _ in [0xf6] }
        },
        statement("short-signature", "The signature is a byte short.") {
            CBORParts.replacing(StatementPart.signature, of: $0) {
                CBORParts.byteString(Array(CBORParts.content(of: $0).dropLast()))
            }
        },
    ]

    /// Payloads that are no events, signed by their source.
    private static let events: [BrokenLedger] = [
        event("empty-event", "The event has no fields at all.") { _ in [] },
        event("duplicate-key", "A field is there twice.") { $0 + [($0.last!.key, $0.last!.value)] },
        event("keys-out-of-order", "The fields are not in the order of their keys.") { $0.reversed() },
        event("unknown-field", "A known type has a field with a number that no field has.") {
            $0 + [(CBORParts.unsigned(200), [0])]
        },
        event("field-of-another-type", "An opt-in has the field that says how a review ended.") {
            insert(23, CBORParts.text("opt-out"), into: $0)
        },
        event("missing-field", "An opt-in says no channels.") { $0.filter { $0.key != [7] } },
        event("missing-commitment", "An opt-in commits to no private fields.") { $0.filter { $0.key != [5] } },
        event("word-out-of-the-vocabulary", "An opt-in covers a channel that does not exist.") {
            set(7, CBORParts.array([CBORParts.text("telegram")]), in: $0)
        },
        event("list-out-of-order", "The channels are not in ascending order.") {
            set(7, CBORParts.array([CBORParts.text("whatsapp"), CBORParts.text("sms")]), in: $0)
        },
        event("word-twice", "A channel is there twice.") {
            set(7, CBORParts.array([CBORParts.text("sms"), CBORParts.text("sms")]), in: $0)
        },
        event("empty-list", "An opt-in covers an empty list of categories.") { set(8, [0x80], in: $0) },
        event("text-that-is-not-utf-8", "The name of the source is not UTF-8.") { set(3, [0x62, 0xc3, 0x28], in: $0) },
        event("mark-that-is-false", "A mark is there and says false.") { insert(13, [0xf4], into: $0) },
        event("time-as-a-float", "A time is a floating-point number.") {
            insert(14, [0xfb, 0x42, 0x78, 0xbc, 0xfe, 0x56, 0x80, 0, 0], into: $0)
        },
        event("null-for-absent", "A field that is not there is said to be null.") { insert(14, [0xf6], into: $0) },
        event("short-id", "The event's id has 15 bytes.") {
            set(2, CBORParts.byteString([UInt8](repeating: 1, count: 15)), in: $0)
        },
        event("time-after-the-year-9999", "An opt-in expires after the year 9999.") {
            insert(14, CBORParts.unsigned(253_402_300_800_000), into: $0)
        },
    ]

    // MARK: Ways to lie

    /// Record 18, an opt-in, with its entry changed.
    private static func entry(
        _ name: String, _ about: String, _ code: String, _ change: @escaping ([UInt8]) -> [UInt8]
    ) -> BrokenLedger {
        told(name, about, .structure(code, at: 18)) {
            $0.steps[18] = { $0.optIn(LedgerStory.dan, lie: .init(record: change, movesHeads: false)) }
        }
    }

    /// Record 18 with its statement changed after it was signed.
    private static func statement(
        _ name: String, _ about: String, _ change: @escaping ([UInt8]) -> [UInt8]
    ) -> BrokenLedger {
        told(name, about, .structure("malformed-statement", at: 18)) {
            $0.steps[18] = { $0.optIn(LedgerStory.dan, lie: .init(statement: change)) }
        }
    }

    /// Record 18 with its event changed before it was signed.
    private static func event(
        _ name: String, _ about: String,
        _ change: @escaping ([(key: [UInt8], value: [UInt8])]) -> [(key: [UInt8], value: [UInt8])]
    ) -> BrokenLedger {
        told(name, about, .structure("malformed-event", at: 18)) {
            $0.steps[18] = { log in
                let event = log.grant()
                let payload = CBORParts.map(change(CBORParts.pairs(of: event.encoded())))
                log.append(
                    event, by: LogBuilder.web, business: "acme", contacts: [LedgerStory.dan],
                    lie: .init(payload: payload))
            }
        }
    }

    private static func set(
        _ key: UInt64, _ value: [UInt8], in pairs: [(key: [UInt8], value: [UInt8])]
    ) -> [(key: [UInt8], value: [UInt8])] {
        pairs.map { $0.key == CBORParts.unsigned(key) ? ($0.key, value) : $0 }
    }

    private static func insert(
        _ key: UInt64, _ value: [UInt8], into pairs: [(key: [UInt8], value: [UInt8])]
    ) -> [(key: [UInt8], value: [UInt8])] {
        CBORParts.inserting(CBORParts.unsigned(key), value, into: pairs)
    }
}

extension LedgerStory {
    /// Tells the honest story and takes its entries, changed, as they are; the tree above them is made again.
    mutating func copy(_ change: (inout [[UInt8]]) -> Void) {
        var entries = told().entries
        change(&entries)
        let objects = told().log.files.filter { $0.key.hasPrefix("object/") }
        let opening = steps[0]
        steps = [
            {
                opening($0)
                $0.log.files = objects
            }
        ]
        for (index, entry) in entries.enumerated().dropFirst() {
            steps.append { log in
                if index == 9 { log.logKey = Self.secondLog }
                log.append(entry)
            }
        }
    }
}

extension MemoryLog {
    /// Moves a file into `spare/`, which is `directory` from where it was, and leaves a link in its place.
    mutating func replaceByLink(_ path: String, to directory: String) {
        let name = path.split(separator: "/").joined(separator: "-")
        files["spare/\(name)"] = files.removeValue(forKey: path)
        links[path] = "\(directory)/\(name)"
    }

    /// Changes the text of the published checkpoint, signs it again with the log's key, and keeps it.
    mutating func publish(_ change: (String) -> String) {
        let note = try! SignedNote(parsing: files["checkpoint"]!)
        let text = change(String(decoding: note.text, as: UTF8.self))
        let signed = try! SignedNote(
            signing: Array(text.utf8), as: LogBuilder.origin, with: LedgerStory.secondLog.key)
        files["checkpoint"] = signed.bytes
        files[BrokenLedger.kept + "22"] = signed.bytes
    }
}
