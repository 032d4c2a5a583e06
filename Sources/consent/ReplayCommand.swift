internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage

/// `consent replay`: makes the index anew from the log.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Rebuild the index from the log and the journal, and say whether it had been right.",
        discussion: """
            The index is derived: it can be thrown away at any time. The log and the private parts are not touched.

            EXAMPLE
              consent replay
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions

    private static let files = ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm"]

    func run() throws {
        // Brings the old index up to date where it can, so that the two are comparable. What is wrong with it is no
        // reason to stop, but that another program writes is.
        var before: Contents?
        do {
            try writing.write(ledger) { _ in }
            before = try ledger.read(Contents.init)
        } catch let error where ExitStatus(of: error) != .tryAgain {
            before = nil
        }
        try removeIndex()
        let clock = SystemClock()
        let began = clock.elapsedMilliseconds()
        try writing.write(ledger) { _ in }
        let after = try ledger.read(Contents.init)
        let took = clock.elapsedMilliseconds() - began

        if ledger.json {
            let object: JSON = [
                "records": .number(after.size), "contacts": .number(after.contacts),
                "reviews": .number(after.reviews), "milliseconds": .number(took),
                "was-right": before.map { .bool($0.digest == after.digest) } ?? .null,
            ]
            return print(object.text)
        }
        let judgement =
            switch before?.digest {
            case after.digest?: "It says what it said before."
            case nil: "There was none before that could be read."
            default: "It had been wrong: answers given from it may have been wrong, too."
            }
        print(
            "Rebuilt the index from \(after.size) records in \(took) ms: "
                + "\(Self.count(after.contacts, "contact")), \(Self.count(after.reviews, "open review")). \(judgement)")
    }

    private static func count(_ count: UInt64, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// Removes the index while nobody writes.
    private func removeIndex() throws {
        _ = try ledger.location()
        let storage = try DirectoryStorage(root: ledger.directory)
        let lock = try storage.lock("private/lock")
        defer { lock.release() }
        for name in Self.files { try storage.remove(StoragePath("private/" + name)) }
    }

    /// What an index says.
    private struct Contents {
        let size: UInt64
        var contacts: UInt64 = 0
        let reviews: UInt64
        let digest: SHA256Digest

        init(_ snapshot: LedgerSnapshot) throws {
            size = try snapshot.indexedSize()
            let open = try snapshot.openReviews()
            reviews = UInt64(open.count)
            var hasher = SHA256Hasher()
            var contacts: UInt64 = 0
            try snapshot.forEachIndexedTimeline { timeline in
                contacts += 1
                hasher.update(timeline.handle.bytes)
                for entry in timeline.entries {
                    hasher.update(entry.keyIdentifier)
                    hasher.update(Array("\(entry.index) \(entry.recordedAt.milliseconds) \(entry.payload.id)\n".utf8))
                    if case .event(let event) = entry.payload { hasher.update(event.encoded()) }
                }
            }
            for review in open { hasher.update(review.event.bytes) }
            digest = hasher.finalize()
            self.contacts = contacts
        }
    }
}
