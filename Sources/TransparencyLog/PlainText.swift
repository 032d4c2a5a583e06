/// What C2SP signed-note allows in a note, and how texts are compared here.
extension String {
    /// The text in `bytes`; `nil` unless they are valid UTF-8 without control characters below U+0020, the newline
    /// excepted.
    init?(plainText bytes: some Collection<UInt8>) {
        guard bytes.allSatisfy({ $0 >= 0x20 || $0 == UInt8(ascii: "\n") }) else { return nil }
        self.init(validating: bytes, as: UTF8.self)
    }

    /// Whether two texts are the same bytes. `==` would also take two spellings for one that Unicode deems equivalent.
    func hasSameBytes(as other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}
