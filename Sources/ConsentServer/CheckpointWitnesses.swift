internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto
internal import Logging
internal import NIOCore
internal import TransparencyLog

/// Has witnesses cosign the ledger's checkpoints (C2SP tlog-witness), in rounds: each of them is sent the newest one, and what
/// it gives is attached. One that is slow or dead holds up neither the others nor anything else that the server does: it is
/// asked again in a round after its time is over.
actor CheckpointWitnesses {
    /// Whom it asks.
    nonisolated let asked: AskedWitnesses
    private let submission: WitnessSubmission
    private let ledger: ServedLedger
    private let metrics: ServerMetrics
    private let clock: any LedgerClock
    private let logger: Logger
    /// The size that each is known to have cosigned.
    private var knownSizes: [String: UInt64] = [:]
    /// What each could not do when it was asked last.
    private var failures: [String: String] = [:]
    /// Those whose answer is waited for.
    private var requests: [String: Task<Void, Never>] = [:]
    private var isEnded = false
    /// How many rounds were wanted, and how many of these are over.
    private var wanted: UInt64 = 0
    private var done: UInt64 = 0
    private var round: Task<Void, Never>?
    /// Those whose answers the round waits for, and what goes on then.
    private var awaited: Set<String> = []
    private var end: CheckedContinuation<Void, Never>?

    /// Throws `badConfiguration` where the system's certificates are needed and cannot be read.
    init(
        _ asked: AskedWitnesses, _ ledger: ServedLedger, limit: TimeAmount, metrics: ServerMetrics,
        clock: any LedgerClock, logger: Logger
    ) throws(ServerError) {
        self.asked = asked
        self.ledger = ledger
        self.metrics = metrics
        self.clock = clock
        self.logger = logger
        submission = try WitnessSubmission(
            limit: limit, needsTLS: asked.members.contains { !$0.address.isLoopback })
    }

    /// Begins a round, unless one is on its way.
    nonisolated func begin() {
        Task {
            guard await round == nil else { return }
            await ask()
        }
    }

    /// Asks about the checkpoint that is the newest after the call. Returns where that waits for no quorum, when it is
    /// published, when nobody is left who has not answered, or when the server ends.
    func ask() async {
        wanted += 1
        let mine = wanted
        while done < mine, !isEnded {
            if round == nil {
                // All that wait by now are served by this one.
                round = Task { [wanted] in
                    await self.goRound()
                    self.done = wanted
                    self.round = nil
                }
            }
            await round?.value
        }
    }

    /// What each of those could not do that was asked last and gave nothing, by their names in the policy: an error's code.
    var lastFailures: [String: String] { failures }

    /// Lets go of those that are waited for, and asks nobody from now on.
    func stop() async {
        isEnded = true
        for request in requests.values { request.cancel() }
        end?.resume()
        end = nil
        await finishRequests()
        await round?.value
    }

    /// Returns when all that are being asked have answered, or their time is over.
    func finishRequests() async {
        for request in requests.values { await request.value }
    }

    private func goRound() async {
        let log: PublishedLog
        let isWaiting: Bool
        do {
            let newest = try await ledger.offerCheckpoint()
            log = PublishedLog(reader: ledger.log, checkpoint: newest)
            isWaiting = try await ledger.publishedSize() < log.size
        } catch {
            return logger.error(
                "witnesses cannot be asked", metadata: ["code": "\(Problem(error).code)"])
        }
        guard !isEnded else { return }
        awaited = []
        for member in asked.members where requests[member.name] == nil {
            let key = member.witness.key
            // Whose line it has already is not asked.
            guard (try? log.checkpoint.note.verify(with: [key]).isEmpty) != false else { continue }
            awaited.insert(member.name)
            requests[member.name] = Task { await self.ask(member, for: log) }
        }
        guard isWaiting, !awaited.isEmpty else { return }
        await withCheckedContinuation { end = $0 }
    }

    /// Asks one witness, and attaches what it gives.
    private func ask(_ member: AskedWitnesses.Member, for log: PublishedLog) async {
        var isPublished = false
        do {
            let line = try await cosignature(of: member, for: log)
            try Task.checkCancellation()
            isPublished = try await ledger.attach(line, by: member.witness.key, size: log.size)
            knownSizes[member.name] = log.size
            failures[member.name] = nil
            metrics.count(cosignatureBy: member.name)
        } catch is CancellationError {
            // The server ends; the witness did nothing wrong.
        } catch {
            note(error, of: member)
        }
        requests[member.name] = nil
        guard awaited.remove(member.name) != nil, awaited.isEmpty || isPublished else { return }
        end?.resume()
        end = nil
    }

    private func cosignature(of member: AskedWitnesses.Member, for log: PublishedLog) async throws -> NoteSignature {
        let known = knownSizes[member.name]
        var exchange = try await ledger.blocking { try log.exchange(with: member.witness.key, known: known) }
        while true {
            let body = try await ledger.blocking { [exchange] in try log.request(of: exchange) }
            let answer = try await submission.post(body, to: WitnessExchange.path, below: member.address)
            if let line = try exchange.take(answer, at: clock.now().milliseconds / 1000) { return line }
            knownSizes[member.name] = exchange.oldSize
        }
    }

    /// Counts a failure, and logs it where it is another one than the last.
    private func note(_ error: any Error, of member: AskedWitnesses.Member) {
        let code = Problem(error).code
        metrics.count(failureOf: member.name, code: code)
        guard failures.updateValue(code, forKey: member.name) != code else { return }
        logger.error(
            "a witness did not cosign",
            metadata: ["witness": "\(member.name)", "code": "\(code)", "error": "\(error)"])
    }
}
