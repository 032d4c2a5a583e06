internal import CSodium

/// Authenticated encryption of a long content in pieces, none of which can be changed, dropped, doubled or put elsewhere,
/// and the last of which is marked: libsodium's `crypto_secretstream_xchacha20poly1305`. The sealed form is a header of 24
/// bytes and then the pieces, each 17 bytes longer than what it holds. It is libsodium's own rather than numbered pieces
/// under `SealingKey`, since other languages have it ready-made.
public enum SealedStream {
    /// How many bytes of the content each piece holds, but the last, which holds 1 to as many.
    public static let pieceByteCount = 65_536
    /// The header's size in bytes.
    public static let headerByteCount = 24
    /// How much longer a sealed piece is than what it holds, in bytes.
    public static let overhead = 17

    /// The sealed form's size, in bytes, of a content of `count` bytes, at least 1.
    public static func sealedByteCount(of count: UInt64) -> UInt64 {
        let pieces = (count + UInt64(pieceByteCount) - 1) / UInt64(pieceByteCount)
        return UInt64(headerByteCount) + count + pieces * UInt64(overhead)
    }
}

/// Libsodium's state, which holds a key; wiped when it goes.
private final class StreamState {
    var state = crypto_secretstream_xchacha20poly1305_state()

    /// The key of the content in `place` is BLAKE2b, 32 bytes long, keyed with `key`, over `place`.
    init(_ key: SealingKey, place: [UInt8], header: [UInt8]) {
        let streamKey = key.derivedKey(of: place)
        // What libsodium does to begin sealing too, but for the header, which it would make by itself.
        let status = streamKey.withOctets { key in
            crypto_secretstream_xchacha20poly1305_init_pull(&state, header, key)
        }
        precondition(status == 0, "libsodium takes every key and header")
    }

    deinit { withUnsafeMutableBytes(of: &state) { sodium_memzero($0.baseAddress, $0.count) } }
}

/// Seals a content piece by piece.
public struct StreamSealer {
    /// What the sealed form begins with.
    public let header: [UInt8]
    private let stream: StreamState

    /// Begins a content that opens only under `key`, in the place that `place` names.
    public init(key: SealingKey, place: [UInt8], random: any RandomSource) {
        header = random.bytes(SealedStream.headerByteCount)
        stream = StreamState(key, place: place, header: header)
    }

    /// The next piece, sealed. All but the last have `SealedStream.pieceByteCount` bytes; after the last there is none.
    public mutating func seal(_ piece: [UInt8], isLast: Bool) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: piece.count + SealedStream.overhead) { sealed, filled in
            let tag = isLast ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0
            _ = crypto_secretstream_xchacha20poly1305_push(
                &stream.state, sealed.baseAddress, nil, piece, UInt64(piece.count), nil, 0, UInt8(tag))
            filled = piece.count + SealedStream.overhead
        }
    }
}

/// Opens what `StreamSealer` sealed.
public struct StreamOpener {
    private let stream: StreamState

    /// Begins with the header; throws `doesNotOpen` unless it has the size of one.
    public init(key: SealingKey, place: [UInt8], header: [UInt8]) throws(CryptoError) {
        guard header.count == SealedStream.headerByteCount else {
            throw CryptoError(.doesNotOpen, "a sealed content of \(header.count) bytes is shorter than its header")
        }
        stream = StreamState(key, place: place, header: header)
    }

    /// The next piece, opened. Throws `doesNotOpen` if the key, the place, the order or any byte differs, or if it says that
    /// it is the last and is not, or the other way round.
    public mutating func open(_ sealed: [UInt8], isLast: Bool) throws(CryptoError) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: max(0, sealed.count - SealedStream.overhead))
        var tag: UInt8 = 0
        guard sealed.count > SealedStream.overhead,
            crypto_secretstream_xchacha20poly1305_pull(
                &stream.state, &piece, nil, &tag, sealed, UInt64(sealed.count), nil, 0) == 0,
            tag == (isLast ? UInt8(crypto_secretstream_xchacha20poly1305_TAG_FINAL) : 0)
        else {
            throw CryptoError(
                .doesNotOpen, "a sealed content does not open: wrong key, wrong place, cut short, or changed bytes")
        }
        return piece
    }
}
