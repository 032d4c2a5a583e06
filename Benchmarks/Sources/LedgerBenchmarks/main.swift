import ConsentLedger
import ConsentModel
import ConsentRules
import Dispatch
import Glibc
import LedgerCrypto
import Synchronization

let seconds = 5.0
let chosen = Set(CommandLine.arguments.dropFirst().filter { Int($0) == nil })
let rows = CommandLine.arguments.compactMap { Int($0) }.first ?? 1_000_000

func isChosen(_ name: String) -> Bool { chosen.isEmpty || chosen.contains(name) }

/// Signatures that libsodium makes on all cores, a second.
func rawSignatures() throws -> Double {
    let key = try Ed25519PrivateKey(seed: SystemRandomSource().secret(32))
    let message = [UInt8](repeating: 1, count: 400)
    let count = 40_000
    let start = now()
    DispatchQueue.concurrentPerform(iterations: count / 100) { _ in
        for _ in 0..<100 { _ = key.signature(for: message) }
    }
    return Double(count) / (now() - start)
}

func appends(threads: Int) throws -> Double {
    try withDirectory { directory in
        let world = try World(directory)
        let total = Mutex(0)
        let start = now()
        let group = DispatchGroup()
        for thread in 0..<threads {
            Thread.run(in: group) {
                var count = 0
                while now() - start < seconds {
                    _ = try! world.writer.append(world.optIn(thread * 10_000_000 + count))
                    count += 1
                }
                total.withLock { $0 += count }
            }
        }
        group.wait()
        let rate = Double(total.withLock { $0 }) / (now() - start)
        try world.writer.close()
        return rate
    }
}

/// Threads of their own: a pool of two would not let sixteen callers wait at once.
enum Thread {
    static func run(in group: DispatchGroup, _ body: @escaping @Sendable () -> Void) {
        group.enter()
        let job = Job {
            body()
            group.leave()
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { pointer in
                Unmanaged<Job>.fromOpaque(pointer!).takeRetainedValue().body()
                return nil
            }, Unmanaged.passRetained(job).toOpaque())
        pthread_detach(thread)
    }

    private final class Job {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }
}

func importRows(_ count: Int) throws -> (rate: Double, seconds: Double) {
    try withDirectory { directory in
        let world = try World(directory)
        var options = ImportOptions(format: .csv, business: "acme-viajes")
        options.notice = "web"
        options.channels = ["email"]
        options.categories = ["marketing"]
        var next = 0
        let start = now()
        let summary = try Importer(world.writer, options: options).run(
            CSVImport(options: CSVImport.Options()),
            nextChunk: {
                if next >= count { return nil }
                var chunk: [UInt8] = next == 0 ? Array("email,status,date\n".utf8) : []
                for number in next..<min(count, next + 1000) {
                    chunk += "person-\(number)@example.com,opt-in,2026-0\(1 + number % 9)-1\(number % 10)\n".utf8
                }
                next += 1000
                return chunk
            }, results: { _ in })
        try world.writer.close()
        guard summary.recorded == count else { fatalError("the import recorded \(summary)") }
        let taken = now() - start
        return (Double(count) / taken, taken)
    }
}

func decisions() throws -> Double {
    try withDirectory { directory in
        let world = try World(directory)
        for start in stride(from: 0, to: 20_000, by: 2000) {
            _ = try world.writer.append((start..<start + 2000).map { try world.optIn($0) })
        }
        try world.writer.close()
        let ledger = try Ledger(world.location)
        let question = Question(
            business: "acme-viajes", channel: "email", category: "marketing", at: SystemClock().now())
        let addresses = try (0..<20_000).map { try ContactAddress(parsing: "person-\($0 * 7919 % 20_000)@example.com") }
        return try ledger.read { snapshot in
            let start = now()
            for address in addresses {
                guard try snapshot.decide(question, contact: address).decision.outcome == .allow else {
                    fatalError("an opt-in was lost")
                }
            }
            return Double(addresses.count) / (now() - start)
        }
    }
}

print("| what | figure |\n| --- | --- |")
if isChosen("append") {
    let bare = bareAppends(byteCount: 1100, seconds: seconds)
    report(
        "append, durable, one at a time", try appends(threads: 1), "a second",
        against: ("bare append + fdatasync", bare))
    report(
        "append, durable, 16 at once", try appends(threads: 16), "a second", against: ("bare append + fdatasync", bare))
}
if isChosen("import") {
    let signatures = try rawSignatures()
    let imported = try importRows(rows)
    report(
        "import of \(rows) CSV rows", imported.rate, "rows a second",
        against: ("raw signatures on all cores", signatures))
    report("the same, in all", imported.seconds, "s")
    report("peak memory of it", peakMemory(), "MiB")
}
if isChosen("decide") {
    report("decisions in one process and thread, with SQLite", try decisions(), "a second")
}
if isChosen("verify") { try measureVerification(rows) }
if isChosen("screen") { try measureScreening(rows) }
