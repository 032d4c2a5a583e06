internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// A fingerprint of a multiset of contacts' entries that takes the same memory for any number: digests added up modulo
/// 2^256, in 4,096 sums by handle. The digests are salted by chance, afresh each time, so that nobody can prepare two
/// multisets with equal sums.
struct EntrySums {
    private static let bucketCount = 4096
    private static let wordCount = 4

    let salt: [UInt8]
    private var words = [UInt64](repeating: 0, count: bucketCount * wordCount)

    init(salt: [UInt8]) {
        self.salt = salt
    }

    /// Which sum a contact's entries go into.
    static func bucket(of handle: ContactHandle) -> Int { Int(handle.high >> 52) }

    mutating func add(_ entry: ContactTimeline.Entry, of handle: ContactHandle) {
        let start = Self.bucket(of: handle) * Self.wordCount
        entry.digest(of: handle, salt: salt).withUnsafeBytes { bytes in
            var carry: UInt64 = 0
            for position in 0..<Self.wordCount {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position * 8, as: UInt64.self))
                let (sum, overflowed) = words[start + position].addingReportingOverflow(word)
                let (total, carried) = sum.addingReportingOverflow(carry)
                words[start + position] = total
                carry = overflowed || carried ? 1 : 0
            }
        }
    }

    /// The buckets whose sums are not those of `other`, which has the same salt.
    func differingBuckets(from other: EntrySums) -> [Int] {
        (0..<Self.bucketCount).filter { bucket in
            let range = bucket * Self.wordCount..<(bucket + 1) * Self.wordCount
            return words[range] != other.words[range]
        }
    }
}
