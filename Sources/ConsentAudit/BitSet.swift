/// A set of small numbers, one bit each up to the largest.
struct BitSet {
    private var words: [UInt64] = []

    func contains(_ number: UInt64) -> Bool {
        let word = Int(number >> 6)
        return word < words.count && words[word] >> (number & 63) & 1 == 1
    }

    /// Adds `number`; false if it was there.
    @discardableResult
    mutating func insert(_ number: UInt64) -> Bool {
        let word = Int(number >> 6)
        if word >= words.count { words.append(contentsOf: repeatElement(0, count: word + 1 - words.count)) }
        guard words[word] >> (number & 63) & 1 == 0 else { return false }
        words[word] |= 1 << (number & 63)
        return true
    }
}
