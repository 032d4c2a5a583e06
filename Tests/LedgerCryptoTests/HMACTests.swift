import LedgerCrypto
import Testing

/// The vectors of RFC 2202 (SHA-1) and RFC 4231 (SHA-256).
@Suite struct HMACTests {
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
    ])
    func theCodesAreThoseOfTheRFCs(_ key: [UInt8], _ message: String, _ sha1: String, _ sha256: String) {
        let bytes = Array(message.utf8)
        #expect(Hexadecimal.encode(HMAC.code(of: bytes, key: key, .sha1)) == sha1)
        #expect(Hexadecimal.encode(HMAC.code(of: bytes, key: key, .sha256)) == sha256)
    }
}
