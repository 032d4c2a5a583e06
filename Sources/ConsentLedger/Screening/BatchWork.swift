internal import Dispatch
internal import Glibc

/// Batches that several threads work on at once: they are read in their order, and what becomes of them is given on in
/// it. No more than a few are held at a time, however many there are.
final class BatchWork<Batch: Sendable, Product: Sendable>: @unchecked Sendable {
    // Guarded by the monitor.
    private var waiting: [(number: Int, batch: Batch)] = []
    private var finished: [Int: Result<Product, any Error>] = [:]
    private var isClosed = false

    private let monitor = Monitor()
    private let batchCame = Monitor.Condition()
    private let productCame = Monitor.Condition()
    private let group = DispatchGroup()

    /// Reads with `next` until it gives `nil`, and calls `output` with what `work` made of each batch, both on this thread.
    /// `help` starts beside the second batch, on `helpers` other threads; it calls its argument once, with what it works
    /// with, or returns because it cannot help. Throws the first error of them all, of a batch in the batches' order.
    func run(
        helpers: Int, next: () throws -> Batch?, work: (Batch) throws -> Product,
        output: (Product) throws -> Void,
        help: @escaping @Sendable (_ serve: (_ work: (Batch) throws -> Product) -> Void) -> Void
    ) throws {
        let mostHeld = 2 * (helpers + 1)
        var (read, written) = (0, 0)
        var isEnd = false
        defer {
            close()
            group.wait()
        }
        while true {
            while !isEnd, read - written < mostHeld {
                guard let batch = try next() else {
                    isEnd = true
                    break
                }
                add(batch, number: read)
                read += 1
                if read == 2 { for _ in 0..<helpers { start(help) } }
            }
            guard written < read else { return }
            if let product = product(written) {
                try output(product.get())
                written += 1
            } else if let (number, batch) = take() {
                put(Result { try work(batch) }, number: number)
            } else {
                wait(for: written)
            }
        }
    }

    private func start(_ help: @escaping @Sendable (_ serve: (_ work: (Batch) throws -> Product) -> Void) -> Void) {
        DispatchQueue.global().async(group: group) {
            help { work in
                while let (number, batch) = self.takeOrWait() { self.put(Result { try work(batch) }, number: number) }
            }
        }
    }

    private func add(_ batch: Batch, number: Int) {
        monitor.withLock {
            waiting.append((number, batch))
            batchCame.signal()
        }
    }

    private func take() -> (Int, Batch)? { monitor.withLock { waiting.isEmpty ? nil : waiting.removeFirst() } }

    /// The next batch, waited for; `nil` once there will be none.
    private func takeOrWait() -> (Int, Batch)? {
        monitor.withLock {
            while waiting.isEmpty, !isClosed { batchCame.wait(in: monitor) }
            return isClosed ? nil : waiting.removeFirst()
        }
    }

    private func put(_ product: Result<Product, any Error>, number: Int) {
        monitor.withLock {
            finished[number] = product
            productCame.signal()
        }
    }

    private func product(_ number: Int) -> Result<Product, any Error>? {
        monitor.withLock { finished.removeValue(forKey: number) }
    }

    private func wait(for number: Int) {
        monitor.withLock { while finished[number] == nil { productCame.wait(in: monitor) } }
    }

    private func close() {
        monitor.withLock {
            isClosed = true
            batchCame.broadcast()
        }
    }
}

extension LedgerSnapshot {
    /// Has `work` done on batches by all cores, each with a snapshot of its own of the same records; `next` and `output`
    /// are called on this thread, in the batches' order. Throws the first error. Memory does not grow with the batches.
    ///
    /// `inquiries` is about how many questions there will be, where that is known: many of them are looked up another way.
    /// `proceed` is called by all threads every now and then, and ends the run by what it throws.
    public func work<Batch: Sendable, Product: Sendable>(
        inquiries: Int? = nil, proceed: @escaping @Sendable () throws -> Void = {}, next: () throws -> Batch?,
        output: (Product) throws -> Void, doing work: @escaping @Sendable (LedgerSnapshot, Batch) throws -> Product
    ) throws {
        try sharing(sharedTable(.whenItPays(expected: inquiries ?? 0), proceed: proceed))
            .workShared(
                next: next, output: output,
                doing: { snapshot, batch in
                    try proceed()
                    return try work(snapshot, batch)
                })
    }

    /// The same with the table that the snapshot has.
    func workShared<Batch: Sendable, Product: Sendable>(
        next: () throws -> Batch?, output: (Product) throws -> Void,
        doing work: @escaping @Sendable (LedgerSnapshot, Batch) throws -> Product
    ) throws {
        let twins = try twins()
        // In memory there is one connection, which this thread has.
        let helpers = twins.isShareable ? max(0, min(16, sysconf(Int32(_SC_NPROCESSORS_ONLN))) - 1) : 0
        try BatchWork<Batch, Product>().run(
            helpers: helpers, next: next, work: { try work(self, $0) }, output: output,
            help: { serve in
                // A helper that cannot see the same records, since a writer has just gone on, does not help.
                try? twins.withSnapshot { snapshot in serve { try work(snapshot, $0) } }
            })
    }
}
