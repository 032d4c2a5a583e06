import LedgerCrypto
import Testing

@Suite struct TextEncodingTests {
    /// RFC 4648 §10.
    @Test(arguments: [
        ("", "", ""), ("f", "Zg==", "66"), ("fo", "Zm8=", "666f"), ("foo", "Zm9v", "666f6f"),
        ("foob", "Zm9vYg==", "666f6f62"), ("fooba", "Zm9vYmE=", "666f6f6261"), ("foobar", "Zm9vYmFy", "666f6f626172"),
    ])
    func standardExamples(_ text: String, _ base64: String, _ hexadecimal: String) {
        #expect(Base64.encode(Array(text.utf8)) == base64)
        #expect(Base64.decode(base64) == Array(text.utf8))
        #expect(Hexadecimal.encode(Array(text.utf8)) == hexadecimal)
        #expect(Hexadecimal.decode(hexadecimal) == Array(text.utf8))
    }

    @Test func everyByteInEveryPlace() {
        for length in 1...4 {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: 0x5a, count: length)
                    bytes[place] = byte
                    #expect(Base64.decode(Base64.encode(bytes)) == bytes)
                    #expect(Hexadecimal.decode(Hexadecimal.encode(bytes)) == bytes)
                }
            }
        }
    }

    /// All texts of four characters from a set that holds the interesting ones: what decodes encodes to the same text.
    @Test func base64HasOneForm() {
        let characters = Array("AEQgw/+=-_\n é".unicodeScalars).map(String.init)
        for a in characters {
            for b in characters {
                for c in characters {
                    for d in characters {
                        let text = a + b + c + d
                        if let bytes = Base64.decode(text) { #expect(Base64.encode(bytes) == text) }
                    }
                }
            }
        }
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "Zg==Zg==", "Zh==", "Zm9=", "Zm9w=", "=", "====", "Z===", "Zg= =", " Zg==", "Zg==\n",
        "Zm\n9v", "Zm-v", "Zm_v", "Z=8=", "Ｚm9v",
    ])
    func wrongBase64(_ text: String) { #expect(Base64.decode(text) == nil) }

    @Test(arguments: ["0", "0g", "AB", "aB", "0x00", " 00", "00 ", "00\n", "+1", "-1", "é"])
    func wrongHexadecimal(_ text: String) { #expect(Hexadecimal.decode(text) == nil) }
}
