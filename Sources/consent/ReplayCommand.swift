internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Glibc
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

    func run() throws {
        let before = try contentsBefore()
        let old = SetAside(directory: ledger.directory + "/private")
        let clock = SystemClock()
        let began = clock.elapsedMilliseconds()
        let after: Contents
        do {
            try setAside(old)
            try writing.write(ledger) { _ in }
            after = try ledger.read(Contents.init)
        } catch {
            // What is wrong is not the index: it is put back as it was, since it may show what is.
            old.putBack()
            throw error
        }
        old.remove()
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
                + "\(counted(after.contacts, "contact")), \(counted(after.reviews, "open review")). \(judgement)")
    }

    /// What the old index says, brought up to date where it can be, so that the two are comparable; `nil` where
    /// something is wrong with it.
    private func contentsBefore() throws -> Contents? {
        do {
            let wasUnreadable = try writing.write(ledger) { $0.wasIndexUnreadable }
            return wasUnreadable ? nil : try ledger.read(Contents.init)
        } catch let error as LedgerError where [.noLedger, .laterVersion, .badKey].contains(error.code) {
            throw error
        } catch let error where ExitStatus(of: error) == .tryAgain {
            throw error
        } catch {
            return nil
        }
    }

    /// Sets the index aside while nobody writes.
    private func setAside(_ index: SetAside) throws {
        _ = try ledger.location()
        let lock = try DirectoryStorage(root: ledger.directory).lock("private/lock")
        defer { lock.release() }
        try index.setAside()
    }

    /// The index's files under other names.
    private struct SetAside {
        let directory: String

        private static let name = "index.sqlite"
        private static let endings = ["", "-wal", "-shm"]

        private func path(_ ending: String, isAside: Bool) -> String {
            "\(directory)/\(Self.name)\(isAside ? ".before" : "")\(ending)"
        }

        func setAside() throws {
            for ending in Self.endings
            where rename(path(ending, isAside: false), path(ending, isAside: true)) != 0 && errno != ENOENT {
                throw CommandError(
                    errno == EACCES ? .notPermitted : .output,
                    "cannot set \(path(ending, isAside: false)) aside: \(String(cString: strerror(errno)))")
            }
        }

        func putBack() {
            guard access(path("", isAside: true), F_OK) == 0 else { return }
            for ending in Self.endings {
                unlink(path(ending, isAside: false))
                rename(path(ending, isAside: true), path(ending, isAside: false))
            }
        }

        func remove() {
            for ending in Self.endings { unlink(path(ending, isAside: true)) }
        }
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
