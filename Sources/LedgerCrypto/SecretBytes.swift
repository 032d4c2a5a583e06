internal import CSodium

/// Bytes that must not outlive their use: never printed, compared in constant time, wiped when released.
public final class SecretBytes: @unchecked Sendable, CustomStringConvertible {
    // Written only while initialising, so sharing it between threads is sound.
    private let storage: UnsafeMutableRawBufferPointer

    /// How many bytes there are.
    public var count: Int { storage.count }

    /// Says only the length.
    public var description: String { "SecretBytes(\(count))" }

    /// Makes `count` zero bytes and lets `fill` write them.
    public init<Failure: Error>(
        count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        storage = .allocate(byteCount: count, alignment: 16)
        storage.initializeMemory(as: UInt8.self, repeating: 0)
        // When `fill` throws, `deinit` runs, since everything is set by now.
        try fill(storage)
    }

    /// Copies `bytes`; wiping the original is the caller's duty.
    public convenience init(_ bytes: some Collection<UInt8>) {
        self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
    }

    deinit {
        sodium_memzero(storage.baseAddress, storage.count)
        storage.deallocate()
    }

    /// Calls `body` with the memory, which it must not keep.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(storage))
    }

    /// The same memory in the form that C functions take.
    func withOctets<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        withUnsafeBytes { body($0.bindMemory(to: UInt8.self).baseAddress!) }
    }

    /// Whether the bytes are the same, in time that depends on their number alone.
    public func isSame(as other: SecretBytes) -> Bool {
        count == other.count && sodium_memcmp(storage.baseAddress!, other.storage.baseAddress!, count) == 0
    }

    /// Overwrites `bytes` with zeros in a way the compiler does not remove.
    public static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { sodium_memzero($0.baseAddress, $0.count) }
    }
}

/// Starts libsodium, once, on first use.
enum Sodium {
    private static let started: Bool = {
        precondition(sodium_init() >= 0, "libsodium does not start: no source of randomness")
        return true
    }()

    static func start() { _ = started }
}
