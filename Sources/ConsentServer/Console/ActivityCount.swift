internal import ConsentAudit
internal import Synchronization

/// The acts of each business and day, counted from when somebody looks at the page that shows them: each record once while the
/// server runs. One count runs at a time, on a thread that nothing else waits for; who looks meanwhile is given what is counted
/// so far.
final class ActivityCount: Sendable {
    /// How many records are counted before anybody is told of them.
    static let mostAtOnce: UInt64 = 20_000

    /// What is counted, for one view.
    struct Counted: Sendable {
        let series: ActSeries
        /// How many records are counted, and of how many.
        let size: UInt64
        let published: UInt64
    }

    private struct Kept {
        var tally = ActTally()
        var isCounting = false
    }

    private let kept = Mutex(Kept())

    /// The acts at the businesses that `isIncluded` names. Unless a count runs, one begins: its first step is waited for, and
    /// the rest is not.
    func counted(
        _ reader: any LogReader, in ledger: ServedLedger, _ isIncluded: (String) -> Bool
    ) async throws -> Counted {
        let log = try await ledger.blocking { try PublishedLog(reader: reader) }
        if begin(below: log.size) {
            do { try await countOn(in: log, ledger) } catch {
                end()
                throw error
            }
            if tally.size < log.size {
                Task(priority: .background) { await countRest(of: log, ledger) }
            } else {
                end()
            }
        }
        let known = tally
        return Counted(series: ActSeries(known.days(isIncluded)), size: known.size, published: log.size)
    }

    private var tally: ActTally { kept.withLock { $0.tally } }

    /// Whether the caller is to count, and to say when that has ended.
    private func begin(below size: UInt64) -> Bool {
        kept.withLock { kept in
            guard !kept.isCounting, kept.tally.size < size else { return false }
            kept.isCounting = true
            return true
        }
    }

    private func end() { kept.withLock { $0.isCounting = false } }

    private func countOn(in log: PublishedLog, _ ledger: ServedLedger) async throws {
        let begun = tally
        let counted = try await ledger.readingMuch {
            var counted = begun
            try counted.advance(in: log, atMost: Self.mostAtOnce)
            return counted
        }
        kept.withLock { $0.tally = counted }
    }

    /// Counts to the end. What cannot be read is told to whoever looks next, who counts on from there.
    private func countRest(of log: PublishedLog, _ ledger: ServedLedger) async {
        defer { end() }
        while tally.size < log.size {
            do { try await countOn(in: log, ledger) } catch { return }
        }
    }
}
