import ConsentAudit
import ConsentLedger
import Dispatch
import LedgerCrypto
import Synchronization

/// Signatures that libsodium verifies on all cores, a second, over messages as long as an opt-in's.
func rawVerifications() throws -> Double {
    let key = try Ed25519PrivateKey(seed: SystemRandomSource().secret(32))
    let message = [UInt8](repeating: 1, count: 450)
    let signature = key.signature(for: message)
    let count = 40_000
    let start = now()
    DispatchQueue.concurrentPerform(iterations: count / 100) { _ in
        for _ in 0..<100 where !key.publicKey.isValidSignature(signature, for: message) {
            fatalError("a signature does not verify")
        }
    }
    return Double(count) / (now() - start)
}

/// Verifies a ledger of `count` opt-ins at each level, and reports records a second beside raw verifications.
func measureVerification(_ count: Int) throws {
    try withDirectory { directory in
        let world = try World(directory)
        for start in stride(from: 0, to: count, by: 1000) {
            _ = try world.writer.append((start..<min(count, start + 1000)).map { try world.optIn($0) })
        }
        try world.writer.close()
        let reader = try DirectoryLogReader(root: directory + "/log")
        let raw = try rawVerifications()
        for level in VerificationLevel.allCases {
            let start = now()
            let report = blocking { try await Verifier(reader: reader).verify(level: level) }
            guard report.holds else { fatalError("the ledger does not verify: \(report.findings)") }
            let taken = now() - start
            LedgerBenchmarks.report(
                "verify \(count) records to \(level), \(format(taken)) s", Double(report.facts.size) / taken,
                "records a second", against: ("raw verifications on all cores", raw))
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
