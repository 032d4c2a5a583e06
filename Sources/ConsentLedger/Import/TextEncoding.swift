/// How the characters of a file are encoded. In each, ASCII is ASCII, so that rows are found before text is decoded.
public enum TextEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case latin1 = "latin-1"
    case windows1252 = "windows-1252"

    /// What Windows-1252 has at 0x80 to 0x9F, where Latin-1 has control characters; 0: nothing.
    private static let windowsC1: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]

    /// The text of `bytes`; `nil` when they are not in this encoding.
    public func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        switch self {
        case .utf8: return String(validating: bytes, as: UTF8.self)
        case .latin1, .windows1252:
            var text = ""
            text.reserveCapacity(bytes.count)
            for byte in bytes {
                if self == .windows1252, 0x80...0x9F ~= byte {
                    guard let scalar = Unicode.Scalar(Self.windowsC1[Int(byte) - 0x80]), scalar.value != 0 else {
                        return nil
                    }
                    text.unicodeScalars.append(scalar)
                } else {
                    text.unicodeScalars.append(Unicode.Scalar(byte))
                }
            }
            return text
        }
    }
}
