/// Base 64 as RFC 4648 §4 has it: the standard alphabet, with padding, as C2SP signed-note asks.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    /// The padded encoding of `bytes`.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var iterator = bytes.makeIterator()
        while let first = iterator.next() {
            let second = iterator.next()
            let third = second == nil ? nil : iterator.next()
            let group = UInt32(first) << 16 | UInt32(second ?? 0) << 8 | UInt32(third ?? 0)
            text.append(alphabet[Int(group >> 18 & 63)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(second == nil ? padding : alphabet[Int(group >> 6 & 63)])
            text.append(third == nil ? padding : alphabet[Int(group & 63)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `text`; `nil` unless `text` is exactly what `encode` gives for them.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        for start in stride(from: 0, to: characters.count, by: 4) {
            let isLast = start + 4 == characters.count
            var padded = 0
            if isLast, characters[start + 3] == padding { padded = characters[start + 2] == padding ? 2 : 1 }
            var group: UInt32 = 0
            for offset in 0..<4 {
                let value = offset >= 4 - padded ? 0 : values[Int(characters[start + offset])]
                guard value < 64 else { return nil }
                group = group << 6 | UInt32(value)
            }
            // Bits under the padding must be zero, or two texts would decode to the same bytes.
            guard padded < 1 || group & 0xff == 0, padded < 2 || group & 0xffff == 0 else { return nil }
            bytes.append(UInt8(group >> 16 & 255))
            if padded < 2 { bytes.append(UInt8(group >> 8 & 255)) }
            if padded < 1 { bytes.append(UInt8(group & 255)) }
        }
        return bytes
    }
}
