internal import CSodium
internal import Synchronization

/// Where random bytes come from; injected, so that tests and the sample ledger are reproducible.
public protocol RandomSource: Sendable {
    /// Fills `buffer` with random bytes.
    func fill(_ buffer: UnsafeMutableRawBufferPointer)
}

extension RandomSource {
    /// `count` random bytes.
    public func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { fill($0) }
        return bytes
    }

    /// `count` random bytes that are wiped when released.
    public func secret(_ count: Int) -> SecretBytes {
        SecretBytes(count: count) { fill($0) }
    }
}

/// The operating system's randomness, through libsodium.
public struct SystemRandomSource: RandomSource {
    public init() { Sodium.start() }

    public func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard let start = buffer.baseAddress else { return }
        randombytes_buf(start, buffer.count)
    }
}

/// A stream that a 32-byte seed determines (ChaCha20, a fresh nonce for each request). For tests and for ledgers whose
/// keys are public; never for real keys.
public final class SeededRandomSource: RandomSource {
    private let seed: [UInt8]
    private let requests = Mutex<UInt64>(0)

    /// The seed is SHA-256 of the UTF-8 bytes of `label`.
    public init(label: String) {
        Sodium.start()
        seed = SHA256Digest(hashing: Array(label.utf8)).bytes
    }

    public func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        let request = requests.withLock { count in
            count += 1
            return count
        }
        var nonce = withUnsafeBytes(of: request.littleEndian) { Array($0) }
        nonce += [UInt8](repeating: 0, count: Int(crypto_stream_chacha20_ietf_NONCEBYTES) - nonce.count)
        guard let start = buffer.bindMemory(to: UInt8.self).baseAddress else { return }
        crypto_stream_chacha20_ietf(start, UInt64(buffer.count), nonce, seed)
    }
}
