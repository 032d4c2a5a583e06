/// Small changes to bytes, as a fault or an attacker makes them.
enum Mutation {
    /// One to three random changes: a byte set, a bit flipped, bytes inserted, removed, repeated, or the end cut off.
    static func random(of bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard !bytes.isEmpty else { return random.bytes(1) }
            let position = Int.random(in: bytes.indices, using: &random)
            let end = min(bytes.count, position + Int.random(in: 1...4, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.insert(contentsOf: random.bytes(end - position), at: position)
            case 3: bytes.removeSubrange(position..<end)
            case 4: bytes.insert(contentsOf: Array(bytes[position..<end]), at: position)
            default: bytes.removeSubrange(position...)
            }
        }
        return bytes
    }
}
