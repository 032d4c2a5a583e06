import LedgerCrypto

extension [UInt8] {
    /// The same bytes with one bit changed.
    func flipping(_ bit: Int) -> [UInt8] {
        var copy = self
        copy[bit / 8] ^= 1 << (bit % 8)
        return copy
    }
}

extension SHA256Digest {
    /// The same digest with one bit changed.
    func flipping(_ bit: Int) -> SHA256Digest { SHA256Digest(bytes.flipping(bit))! }
}

extension [SHA256Digest] {
    /// What might become of a proof's hashes on the way: one bit of each in turn, one gone, one twice, one more, two
    /// swapped.
    var mutations: [[SHA256Digest]] {
        var mutations: [[SHA256Digest]] = [self + [.zero], [.zero] + self]
        for place in indices {
            for bit in [0, 100, 255] {
                var changed = self
                changed[place] = changed[place].flipping(bit)
                mutations.append(changed)
            }
            var shorter = self
            shorter.remove(at: place)
            mutations.append(shorter)
            var longer = self
            longer.insert(self[place], at: place)
            mutations.append(longer)
            if place > 0 {
                var swapped = self
                swapped.swapAt(place, place - 1)
                mutations.append(swapped)
            }
        }
        return mutations
    }
}
