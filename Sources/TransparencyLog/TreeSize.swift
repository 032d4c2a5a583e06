/// How many leaves a tree has.
public enum TreeSize {
    /// The largest size that checkpoints, tiles and edges take: 2^63 − 1, as the signed integers of other
    /// implementations do. Proofs take any 64-bit size.
    public static let maximum = UInt64(Int64.max)

    /// The largest power of two below `size`, where RFC 6962 §2.1 splits a tree; `size` is at least 2.
    static func split(_ size: UInt64) -> UInt64 {
        1 << (63 - (size - 1).leadingZeroBitCount)
    }
}
