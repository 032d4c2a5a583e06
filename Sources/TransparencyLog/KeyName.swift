/// The rules of C2SP signed-note for the names of keys.
enum KeyName {
    /// The longest name of a key that this library verifies or signs with, and the longest origin, in bytes.
    static let maximumByteCount = 1024

    /// Whether a name is non-empty, without Unicode spaces, pluses and control characters.
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.value >= 0x20 && scalar != "+" && !scalar.properties.isWhitespace
            }
    }
}
