internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import Synchronization

/// The verification of the log that somebody asked the console for: one at a time, which ends when nobody looks at it any
/// more.
final class LogVerification: Sendable {
    /// What came of one.
    struct Result: Sendable {
        let finishedAt: Timestamp
        let size: UInt64
        let findingCount: Int
        /// The first of them.
        let findings: [Finding]
        /// What it does not show, although a reader could think so.
        let notCovered: [NotCovered]
        /// How many statements sources signed.
        let sourceStatementCount: UInt64
    }

    /// How it stands.
    enum State: Sendable {
        /// None runs.
        case idle
        /// One runs; so many records of so many are verified.
        case running(done: UInt64, size: UInt64)
        /// The last one failed, which says nothing of the log; by the code of its problem.
        case failed(code: String)
        /// The last one was stopped, or nobody looked at it.
        case stopped
    }

    private struct Kept {
        var state = State.idle
        var last: Result?
        var task: Task<Void, Never>?
        /// Tells a run from those before it.
        var run: UInt64 = 0
        /// When somebody last looked, in milliseconds of the monotonic clock.
        var seenAt: UInt64 = 0
    }

    /// So long after anybody looked, in milliseconds, it ends. Its page asks again only for whoever wants that.
    static let longestUnseen: UInt64 = 600_000
    /// The most findings that are kept.
    static let mostFindings = 50

    private let kept = Mutex(Kept())

    /// How it stands, and what the last that came to its end found. Looking keeps it going.
    func look(at now: UInt64) -> (state: State, last: Result?) {
        kept.withLock { kept in
            kept.seenAt = max(now, kept.seenAt)
            return (kept.state, kept.last)
        }
    }

    /// Begins one, unless one runs.
    func begin(_ reader: any LogReader, clock: any LedgerClock) {
        kept.withLock { kept in
            if case .running = kept.state { return }
            kept.run += 1
            kept.state = .running(done: 0, size: 0)
            kept.seenAt = clock.elapsedMilliseconds()
            let run = kept.run
            kept.task = Task(priority: .background) { await self.verify(reader, clock: clock, run: run) }
        }
    }

    /// Ends the one that runs.
    func stop() {
        kept.withLock { kept in
            guard case .running = kept.state else { return }
            kept.task?.cancel()
            kept.state = .stopped
            // What it still says counts for nothing.
            kept.run += 1
        }
    }

    private func verify(_ reader: any LogReader, clock: any LedgerClock, run: UInt64) async {
        do {
            let report = try await Verifier(reader: reader).verify { progress in
                self.note(progress, at: clock.elapsedMilliseconds(), run: run)
            }
            let result = Result(
                finishedAt: clock.now(), size: report.facts.size, findingCount: report.findingCount,
                findings: Array(report.findings.prefix(Self.mostFindings)), notCovered: report.notCovered,
                sourceStatementCount: report.facts.sourceStatementCount)
            kept.withLock { kept in
                guard kept.run == run else { return }
                kept.state = .idle
                kept.last = result
            }
        } catch {
            let code = Problem(error).code
            kept.withLock { kept in
                guard kept.run == run else { return }
                kept.state = .failed(code: code)
            }
        }
    }

    private func note(_ progress: VerificationProgress, at now: UInt64, run: UInt64) {
        let isLeft = kept.withLock { kept in
            guard kept.run == run else { return false }
            kept.state = .running(done: progress.recordCount, size: progress.size)
            return now - min(now, kept.seenAt) > Self.longestUnseen
        }
        if isLeft { stop() }
    }
}
