import ConsentAudit
import ConsentLedger
import Dispatch
import LedgerCrypto
import Synchronization

/// Signatures that libsodium verifies on all cores, over messages as long as an opt-in's: a second, and the processor time
/// that each takes.
private func rawVerifications() throws -> Cost {
    let key = try Ed25519PrivateKey(seed: SystemRandomSource().secret(32))
    let message = [UInt8](repeating: 1, count: 450)
    let signature = key.signature(for: message)
    return Cost(of: 20_000) {
        DispatchQueue.concurrentPerform(iterations: 200) { _ in
            for _ in 0..<100 where !key.publicKey.isValidSignature(signature, for: message) {
                fatalError("a signature does not verify")
            }
        }
    }
}

/// What each of many equal things costs, in seconds.
private struct Cost {
    let time: Double
    let processorTime: Double

    init(of count: Int, _ body: () throws -> Void) rethrows {
        let (start, processorStart) = (now(), LedgerBenchmarks.processorTime())
        try body()
        time = (now() - start) / Double(count)
        processorTime = (LedgerBenchmarks.processorTime() - processorStart) / Double(count)
    }
}

/// Verifies a ledger of `count` opt-ins at each level, and reports records a second beside the raw verifications before and
/// after it. Where something else runs on the machine, the ratio of the processor times is the steadier measure.
func measureVerification(_ count: Int) throws {
    try withDirectory { directory in
        let world = try World(directory)
        for start in stride(from: 0, to: count, by: 1000) {
            _ = try world.writer.append((start..<min(count, start + 1000)).map { try world.optIn($0) })
        }
        try world.writer.close()
        let reader = try DirectoryLogReader(root: directory + "/log")
        var before = try rawVerifications()
        for level in VerificationLevel.allCases {
            let cost = Cost(of: count) {
                let report = blocking { try await Verifier(reader: reader).verify(level: level) }
                guard report.holds else { fatalError("the ledger does not verify: \(report.findings)") }
            }
            let after = try rawVerifications()
            let raw = (before.time + after.time) / 2
            let rawProcessorTime = (before.processorTime + after.processorTime) / 2
            LedgerBenchmarks.report(
                "verify \(count) records to \(level)", 1 / cost.time, "records a second",
                against: ("raw verifications on all cores", 1 / raw))
            LedgerBenchmarks.report(
                "the same, by processor time", cost.processorTime * 1e6, "µs a record",
                against: ("a raw verification", rawProcessorTime * 1e6))
            before = after
        }
        LedgerBenchmarks.report("peak memory, writing the ledger included", peakMemory(), "MiB")
    }
}

/// Waits for what is asynchronous, outside of the pool that it runs on.
private func blocking<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Value {
    let result = Mutex<Value?>(nil)
    let done = DispatchSemaphore(value: 0)
    Task {
        do {
            let value = try await body()
            result.withLock { $0 = value }
        } catch { fatalError("\(error)") }
        done.signal()
    }
    done.wait()
    return result.withLock { $0! }
}
