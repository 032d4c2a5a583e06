import LedgerCrypto

/// Random choices that a seed repeats; a test that uses one shows the seed when it fails.
struct SeededGenerator: RandomNumberGenerator {
    private let source: SeededRandomSource

    init(seed: Int) { source = SeededRandomSource(label: "seed \(seed)") }

    mutating func next() -> UInt64 { source.bytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
