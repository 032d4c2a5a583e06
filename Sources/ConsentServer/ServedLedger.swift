internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Glibc
internal import LedgerCrypto
internal import LedgerStorage
internal import Synchronization
internal import TransparencyLog

/// The ledger that is served: open for writing, so that nobody else writes, and for asking. Its calls block, and go to
/// threads of their own.
final class ServedLedger: Sendable {
    /// Its directory.
    let directory: String
    let location: LedgerLocation
    /// What is beside the ledger's own: tokens, and who used them.
    let storage: any LedgerStorage
    /// The published log.
    let log: DirectoryLogReader
    /// The log's origin.
    let origin: String
    /// Whether the ledger says that it is for trying out.
    let isTest: Bool
    /// Told when something is recorded.
    let growth = GrowthSignal()
    private let readiness: Readiness
    private let limits: Configuration.Limits
    private let metrics: ServerMetrics
    private let clock: any LedgerClock
    private let writer: LedgerWriter
    /// The one that reserves.
    private let ledger: Ledger
    /// Those that nobody asks now: of one ledger, who asks waits for who asked before.
    private let idle = Mutex<[Ledger]>([])
    private let random: any RandomSource
    private let clearances: GivenClearances
    private let clearanceSource: String
    private let readers: LedgerThreads
    private let scanner: LedgerThreads
    private let writers: LedgerThreads

    /// Opens the ledger; throws what `LedgerWriter` and `Ledger` throw.
    init(
        _ configuration: Configuration, metrics: ServerMetrics, clock: any LedgerClock, random: any RandomSource
    ) throws {
        directory = configuration.ledger
        limits = configuration.limits
        clearanceSource = configuration.clearanceSource
        self.metrics = metrics
        self.clock = clock
        self.random = random
        location = try configuration.location()
        storage = try DirectoryStorage(root: directory)
        writer = try LedgerWriter(location, clock: clock, random: random)
        do {
            ledger = try Ledger(location, clock: clock, random: random)
            clearances = try GivenClearances(writing: location)
            log = try DirectoryLogReader(root: directory + "/log")
            (origin, isTest) = try ledger.read { ($0.catalog.origin, $0.catalog.isTest) }
            readiness = Readiness(
                coveredSize: try PublishedLog(reader: log).size, at: clock.elapsedMilliseconds(),
                publishSeconds: configuration.publishSeconds)
        } catch {
            try? writer.close()
            throw error
        }
        readers = LedgerThreads(configuration.readingThreads, mostWaiting: configuration.limits.waiting)
        scanner = LedgerThreads(1, mostWaiting: 1)
        writers = LedgerThreads(configuration.writingThreads, mostWaiting: configuration.limits.waiting)
        writer.reportFlushes { metrics.count(flush: $0) }
    }

    /// Runs `body` with the ledger as it is now.
    func read<Value: Sendable>(_ body: @escaping @Sendable (LedgerSnapshot) throws -> Value) async throws -> Value {
        try await readers.run { [self] in try readNow(body) }
    }

    /// Runs `body` with the ledger as it is now, on this thread.
    private func readNow<Value: Sendable>(_ body: (LedgerSnapshot) throws -> Value) throws -> Value {
        let ledger = try idle.withLock { $0.popLast() } ?? Ledger(location, clock: clock, random: random)
        defer { idle.withLock { $0.append(ledger) } }
        return try ledger.read(body)
    }

    /// Runs `body`, which reads files, on a thread that may block.
    func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await readers.run(body)
    }

    /// Runs `body`, which reads much of the log, on the one thread for that: what is soon answered never waits for it.
    func readingMuch<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await scanner.run(body)
    }

    /// Runs `body` with the ledger that reserves. Throws as `write`.
    func reserve<Value: Sendable>(_ body: @escaping @Sendable (Ledger) throws -> Value) async throws -> Value {
        try await refuse(.disk, .index)
        return try await writers.run { [ledger] in try body(ledger) }
    }

    /// Runs `body` with the writer; appends that come together share a flush. Throws `full` where the disk has too little
    /// room, and `indexBehind`.
    func write<Value: Sendable>(_ body: @escaping @Sendable (LedgerWriter) throws -> Value) async throws -> Value {
        try await refuse(.disk, .index)
        let begun = clock.elapsedMilliseconds()
        let value = try await writers.run { [writer] in try body(writer) }
        metrics.count(appendMilliseconds: clock.elapsedMilliseconds() - begun)
        growth.announce()
        return value
    }

    /// Keeps clearances that are about to be given; durable at return. Throws `full` where the disk has too little room.
    func keep(_ given: [GivenClearances.Given]) async throws {
        guard !given.isEmpty else { return }
        try await refuse(.disk)
        try await writers.run { [clearances] in try clearances.keep(given) }
    }

    /// Records what anchors the clearances that wait, and returns the indexes of the records. Throws as `write`; then they
    /// wait on.
    func anchorClearances() async throws -> [UInt64] {
        guard try await waitingClearances() > 0 else { return [] }
        return try await write { [clearances, clearanceSource, ledger] writer in
            try clearances.anchor(with: writer, reading: ledger, source: clearanceSource)
        }
    }

    /// How many clearances wait for the record that anchors them.
    func waitingClearances() async throws -> UInt64 {
        try await readers.run { [clearances] in try clearances.waitingCount() }
    }

    /// What is known of a clearance that was given; `nil` for another.
    func findClearance(_ leaf: SHA256Digest) async throws -> GivenClearances.Found? {
        try await readers.run { [clearances] in try clearances.find(leaf) }
    }

    /// Accepts the clock as it is now, after a jump stopped appends.
    func confirmClock() { writer.confirmClock() }

    /// Publishes what is recorded under a checkpoint.
    func publish() async throws {
        do {
            _ = try await checkpoint { try $0.publish() }
        } catch {
            // That there was no thread for it says nothing of the writer.
            if !(error is ServerError) { readiness.noteFailedPublication() }
            throw error
        }
    }

    /// The checkpoint that `make` makes of all that is recorded.
    private func checkpoint(
        _ make: @escaping @Sendable (LedgerWriter) throws -> SignedCheckpoint
    ) async throws -> SignedCheckpoint {
        let begun = clock.elapsedMilliseconds()
        let newest = try await writers.run { [writer] in try make(writer) }
        readiness.noteCheckpoint(size: newest.checkpoint.size, begun: begun)
        return newest
    }

    /// Publishes what may be, and gives the newest checkpoint, which is to be sent to witnesses.
    func offerCheckpoint() async throws -> SignedCheckpoint {
        try await checkpoint { try $0.offerCheckpoint() }
    }

    /// Attaches a witness's line to the checkpoint of `size`; says whether that is published then.
    func attach(_ line: NoteSignature, by key: VerifierKey, size: UInt64) async throws -> Bool {
        try await writers.run { [writer] in
            _ = try writer.attach(line, by: key, size: size)
            return try writer.publishedCheckpoint().checkpoint.size >= size
        }
    }

    /// How many records everybody sees: those below the published checkpoint.
    func publishedSize() async throws -> UInt64 {
        try await blocking { [log] in try PublishedLog(reader: log).size }
    }

    /// What keeps the ledger from being written, as it was within the last second.
    func faults() async throws -> [Readiness.Fault] {
        let now = clock.elapsedMilliseconds()
        if let known = readiness.known(at: now) { return known }
        // Not on the threads that read: what is to be recorded would wait for what is asked.
        let found = try await writers.run { [self] in
            var found: [Readiness.Fault] = []
            let sizes = try? readNow { (all: $0.size, indexed: try $0.indexedSize()) }
            if sizes.map({ $0.all > $0.indexed + UInt64(limits.unindexedRecords) }) ?? true { found.append(.index) }
            if let sizes, readiness.isHeadOld(size: sizes.all, at: clock.elapsedMilliseconds()) { found.append(.head) }
            if Self.freeBytes(directory) < UInt64(limits.roomBytes) { found.append(.disk) }
            if !writer.isClockRight() { found.append(.clock) }
            return found
        }
        return readiness.keep(found, at: now)
    }

    private static func freeBytes(_ directory: String) -> UInt64 {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return 0 }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    private var full: StorageError {
        StorageError(
            .full, "the ledger's disk has less than \(limits.roomBytes) bytes left; nothing is written until it has")
    }

    /// How many bytes of its disk may be used for a while, beside those that are kept for what is recorded. Throws `full`.
    func sparedBytes() throws(StorageError) -> UInt64 {
        let free = Self.freeBytes(directory)
        guard free > UInt64(limits.roomBytes) else { throw full }
        return free - UInt64(limits.roomBytes)
    }

    /// Throws what a write would be told later, while reading goes on, where one of these faults is there.
    private func refuse(_ refused: Readiness.Fault...) async throws {
        let faults = try await faults().filter(refused.contains)
        if faults.contains(.disk) { throw full }
        if faults.contains(.index) {
            throw ServerError(.indexBehind, "the index lags behind what is recorded; try again when it has caught up")
        }
    }

    /// Publishes, gives the ledger back and ends the threads.
    func close() async throws {
        let result: Result<Void, any Error>
        do {
            try await writers.run { [writer] in try writer.close() }
            result = .success(())
        } catch { result = .failure(error) }
        await writers.stop()
        await readers.stop()
        await scanner.stop()
        try result.get()
    }
}
