/// A token that a server asks for (RFC 6750, §2.1), read from a file: an argument is seen by others on the machine.
struct BearerToken {
    let text: String

    private static let mostBytes = 4096
    private static let marks = Set("-._~+/=".utf8)

    /// Reads a file with the token in a line. Throws `badInput` for what cannot be one, which is not repeated.
    init(file: String) throws {
        var bytes = try FileInput.bytes(of: file, most: Self.mostBytes)[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard !bytes.isEmpty, bytes.allSatisfy(Self.isPart) else {
            throw CommandError(.badInput, "\(file) has no token in its one line: letters, digits and -._~+/= alone")
        }
        text = String(decoding: bytes, as: UTF8.self)
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: marks.contains(byte)
        }
    }
}
