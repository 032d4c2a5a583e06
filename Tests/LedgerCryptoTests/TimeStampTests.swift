import Testing
import TimeStampAuthority

@testable import LedgerCrypto

/// Time stamps by a real authority, OpenSSL's own program, with a root made here.
@Suite struct TimeStampTests {
    static let digest = SHA256Digest(hashing: Array("a checkpoint".utf8))
    static let random = SeededRandomSource(label: "time stamps")

    static func request(_ policy: String? = nil) throws -> TimeStampRequest {
        try TimeStampRequest(of: digest, policy: policy, random: random)
    }

    private let authority: TimeStampAuthority
    private let roots: TimeStampRoots

    init() throws {
        authority = try TimeStampAuthority()
        roots = try TimeStampRoots(pem: authority.certificates())
    }

    private func verify(
        _ bytes: [UInt8], digest: SHA256Digest = digest, nonce: [UInt8]? = nil, policy: String? = nil,
        roots: TimeStampRoots? = nil
    ) throws(CryptoError) -> TimeStamp {
        try TimeStampResponse(parsing: bytes).verify(
            digest: digest, nonce: nonce, policy: policy, roots: roots ?? self.roots)
    }

    // MARK: Requests

    /// The bytes that RFC 3161 §2.4.1 asks for, written out.
    @Test func requestsAreAsTheyShouldBe() throws {
        let request = try TimeStampRequest(of: Self.digest, nonce: [0x41, 2, 3, 4, 5, 6, 7, 8], policy: "1.2.3.4.1")
        let due =
            "3049020101" + "3031300d060960864801650304020105000420" + Self.digest.description
            + "06042a030401" + "02084102030405060708" + "0101ff"
        #expect(Hexadecimal.encode(request.bytes) == due)
        let read = try TimeStampRequest(parsing: request.bytes)
        #expect(read.bytes == request.bytes && read.digest == Self.digest)
        #expect(read.nonce == [0x41, 2, 3, 4, 5, 6, 7, 8] && read.policy == "1.2.3.4.1")
    }

    @Test func everyRequestHasItsOwnNonceOfEightBytes() throws {
        let nonces = try (0..<200).map { _ in try #require(try Self.request().nonce) }
        #expect(Set(nonces).count == 200)
        #expect(nonces.allSatisfy { $0.count == 8 && 0x40...0x7f ~= $0[0] })
    }

    @Test func requestsOfOpenSSLAreRead() throws {
        let bytes = try authority.request(of: Self.digest.description, ["-cert", "-tspolicy", "1.2.3.4.5"])
        let request = try TimeStampRequest(parsing: bytes)
        #expect(request.digest == Self.digest && request.policy == "1.2.3.4.5" && request.nonce?.count ?? 0 > 4)
        let bare = try TimeStampRequest(parsing: authority.request(of: Self.digest.description, ["-no_nonce"]))
        #expect(bare.nonce == nil && bare.policy == nil)
    }

    @Test func whatIsNoRequestIsRefused() throws {
        let bytes = try Self.request().bytes
        for end in 0..<bytes.count {
            #expect(throws: CryptoError(.malformed, "")) { try TimeStampRequest(parsing: Array(bytes[..<end])) }
        }
        #expect(throws: CryptoError(.malformed, "")) { try TimeStampRequest(parsing: bytes + [0]) }
        #expect(throws: CryptoError(.malformed, "")) { try Self.request("a policy") }
        #expect(throws: CryptoError(.malformed, "")) { try Self.request("") }
    }

    // MARK: What holds

    @Test func aStampHolds() throws {
        let request = try Self.request()
        let response = try authority.answer(request.bytes)
        #expect(try authority.openSSLVerifies(response, of: request.bytes))
        let stamp = try verify(response, nonce: request.nonce)
        #expect(stamp.authority == TimeStampAuthority.name)
        #expect(stamp.policy == "1.2.3.4.1" && stamp.serial == "02")
        #expect(stamp.accuracy == 0 && stamp.earliest == stamp.time && stamp.latest == stamp.time)
        // Some time in this century, and the same whoever asks.
        #expect(1_700_000_000_000..<4_000_000_000_000 ~= stamp.time)
        #expect(try verify(response) == stamp)
        #expect(try TimeStampResponse(parsing: response).digest == Self.digest)
    }

    /// Seconds, milliseconds and microseconds are added up, what is finer than a millisecond rounded up.
    @Test(arguments: [
        ("secs:1, millisecs:500, microsecs:100", 1501), ("secs:60", 60_000), ("millisecs:7", 7), ("microsecs:999", 1),
    ]) func accuracyWidensTheTime(_ accuracy: String, _ milliseconds: UInt64) throws {
        var manner = TimeStampAuthority.Manner()
        manner.accuracy = accuracy
        let answer = try authority.answer(Self.request().bytes, manner)
        let stamp = try verify(answer)
        let claim = try #require(TimeStampResponse.claim(of: Self.digest, in: answer))
        #expect(claim == (stamp.earliest, stamp.latest))
        #expect(TimeStampResponse.claim(of: SHA256Digest(hashing: []), in: answer) == nil)
        #expect(stamp.accuracy == milliseconds)
        #expect(stamp.earliest == stamp.time - milliseconds && stamp.latest == stamp.time + milliseconds)
    }

    @Test func anAccuracyIsAtMostADay() throws {
        var manner = TimeStampAuthority.Manner()
        manner.accuracy = "secs:86400"
        #expect(try verify(authority.answer(Self.request().bytes, manner)).accuracy == 86_400_000)
        for accuracy in ["secs:86400, millisecs:1", "secs:86400, microsecs:1", "secs:86401"] {
            manner.accuracy = accuracy
            let answer = try authority.answer(Self.request().bytes, manner)
            #expect(TimeStampResponse.claim(of: Self.digest, in: answer) == nil)
            #expect(throws: CryptoError(.malformed, "")) { try verify(answer) }
        }
    }

    /// What it says is read of DER alone, whatever OpenSSL takes; whatever is changed, nothing crashes.
    @Test func whatIsClaimedIsReadStrictly() throws {
        let answer = try authority.answer(Self.request().bytes)
        try #require(Array(answer.prefix(2)) == [0x30, 0x82])
        var longer = answer
        longer.replaceSubrange(1..<2, with: [0x83, 0])
        #expect(try TimeStampResponse(parsing: longer).digest == Self.digest)
        for bytes in [longer, answer + [0]] + (0..<answer.count).map({ Array(answer[..<$0]) }) {
            #expect(TimeStampResponse.claim(of: Self.digest, in: bytes) == nil)
            #expect(throws: CryptoError(.malformed, "")) { try verify(bytes) }
        }
        for position in answer.indices {
            var bytes = answer
            for bit in UInt8(0)..<8 {
                bytes[position] = answer[position] ^ 1 << bit
                _ = TimeStampResponse.claim(of: Self.digest, in: bytes)
            }
        }
    }

    /// Of a time to the second, and of one finer than a millisecond, the bounds hold the true time.
    @Test func timesOfEveryPrecision() throws {
        var manner = TimeStampAuthority.Manner()
        for digits in [0, 1, 2, 3, 6] {
            manner.fractionDigits = digits
            let stamp = try verify(authority.answer(Self.request().bytes, manner))
            if digits == 0 { #expect(stamp.time % 1000 == 0) }
            #expect(stamp.earliest == stamp.time && 0...1 ~= stamp.latest - stamp.time)
            #expect((stamp.latest == stamp.time + 1) == stamp.said.hasFinerTime)
            #expect(digits > 3 || !stamp.said.hasFinerTime)
        }
    }

    @Test(arguments: ["sha256", "sha384", "sha512"]) func everySHA2Counts(_ digest: String) throws {
        var manner = TimeStampAuthority.Manner()
        manner.digest = digest
        _ = try verify(authority.answer(Self.request().bytes, manner))
    }

    @Test func sha1DoesNotCount() throws {
        var manner = TimeStampAuthority.Manner()
        manner.digest = "sha1"
        let request = try Self.request()
        let response = try authority.answer(request.bytes, manner)
        #expect(throws: CryptoError(.badStamp, "")) { try verify(response) }
    }

    /// Granted with modifications is granted: the first byte of the status, changed.
    @Test func grantedWithModificationsCounts() throws {
        let request = try Self.request()
        var response = try authority.answer(request.bytes)
        let status = try #require(Self.statusPosition(in: response))
        response[status] = 1
        #expect(try authority.openSSLVerifies(response, of: request.bytes))
        _ = try verify(response, nonce: request.nonce)
        for other in UInt8(2)...6 {
            response[status] = other
            #expect(try !authority.openSSLVerifies(response, of: request.bytes))
            // A refusal with a stamp in it is none that there can be.
            #expect(throws: CryptoError(.malformed, "")) { try verify(response) }
        }
    }

    /// Where the status is: the first thing in the response is a sequence with an integer.
    private static func statusPosition(in response: [UInt8]) -> Int? {
        response.indices.dropLast(5).first { Array(response[$0..<$0 + 4]) == [0x30, 0x03, 0x02, 0x01] }.map { $0 + 4 }
    }

    /// A certificate between root and authority may come with the roots; it is no root itself.
    @Test func certificatesBetween() throws {
        let authority = try TimeStampAuthority(isDirect: false)
        let response = try authority.answer(Self.request().bytes)
        let both = try TimeStampRoots(pem: authority.certificates(withBetween: true))
        _ = try verify(response, roots: both)
        let root = try TimeStampRoots(pem: authority.certificates())
        #expect(throws: CryptoError(.untrustedAuthority, "")) { try verify(response, roots: root) }
        let between = Array(try authority.certificates(withBetween: true).dropFirst(try authority.certificates().count))
        #expect(throws: CryptoError(.malformed, "")) { try TimeStampRoots(pem: between) }
    }

    // MARK: What does not

    @Test func anotherDigest() throws {
        let response = try authority.answer(Self.request().bytes)
        #expect(throws: CryptoError(.otherDigest, "")) { try verify(response, digest: .zero) }
        // The same bytes under another algorithm are another stamp.
        let long = try authority.request(of: Self.digest.description + Self.digest.description, ["-sha512", "-cert"])
        let other = try authority.answer(long)
        #expect(try TimeStampResponse(parsing: other).digest == nil)
        #expect(throws: CryptoError(.otherDigest, "")) { try verify(other) }
        #expect(throws: CryptoError(.malformed, "")) { try TimeStampRequest(parsing: long) }
    }

    @Test func anotherRequest() throws {
        let (first, second) = (try Self.request(), try Self.request())
        let response = try authority.answer(first.bytes)
        #expect(try !authority.openSSLVerifies(response, of: second.bytes))
        #expect(throws: CryptoError(.otherRequest, "")) { try verify(response, nonce: second.nonce) }
        let without = try authority.answer(authority.request(of: Self.digest.description, ["-no_nonce", "-cert"]))
        #expect(throws: CryptoError(.otherRequest, "")) { try verify(without, nonce: first.nonce) }
        _ = try verify(without)
    }

    @Test func anotherPolicy() throws {
        let asked = try Self.request("1.2.3.4.5")
        let response = try authority.answer(asked.bytes)
        #expect(try verify(response, policy: "1.2.3.4.5").policy == "1.2.3.4.5")
        #expect(throws: CryptoError(.otherRequest, "")) { try verify(response, policy: "1.2.3.4.1") }
    }

    @Test func aRefusalIsTold() throws {
        let response = try authority.answer(Self.request("1.2.3.4.99").bytes)
        let error = #expect(throws: CryptoError.self) { try verify(response) }
        #expect(error?.code == .notGranted)
        #expect(error?.description.contains("status 2") == true)
        #expect(try TimeStampResponse(parsing: response).digest == nil)
    }

    @Test func anotherRoot() throws {
        let response = try authority.answer(Self.request().bytes)
        // The names are the same; the keys are not.
        let foreign = try TimeStampRoots(pem: TimeStampAuthority().certificates())
        #expect(throws: CryptoError(.untrustedAuthority, "")) { try verify(response, roots: foreign) }
        let both = try TimeStampRoots(pem: TimeStampAuthority().certificates() + authority.certificates())
        _ = try verify(response, roots: both)
    }

    /// The chain is judged at the stamp's time: a certificate that had expired, or was not valid yet, does not count.
    @Test(arguments: [("20200101000000Z", "20210101000000Z"), ("20790101000000Z", "20800101000000Z")])
    func notValidThen(_ from: String, _ until: String) throws {
        let authority = try TimeStampAuthority(from: from, until: until)
        let response = try authority.answer(Self.request().bytes)
        let roots = try TimeStampRoots(pem: authority.certificates())
        let error = #expect(throws: CryptoError.self) { try verify(response, roots: roots) }
        #expect(error?.code == .untrustedAuthority)
        #expect(error?.description.contains(until == "20210101000000Z" ? "expired" : "not yet valid") == true)
    }

    /// A certificate has to be for time stamping and nothing else. (OpenSSL's authority itself refuses to stamp otherwise,
    /// but for one that is for more.)
    @Test func aCertificateForOtherThings() throws {
        let other = try TimeStampAuthority(usage: "critical,timeStamping,serverAuth")
        guard let response = try? other.answer(Self.request().bytes) else { return }
        let roots = try TimeStampRoots(pem: other.certificates())
        #expect(throws: CryptoError(.untrustedAuthority, "")) { try verify(response, roots: roots) }
    }

    // MARK: Changed bytes

    /// Wherever one byte is changed, the stamp does not verify, or it shows the very same: some bytes, such as the status
    /// that both granted and granted with modifications are, say nothing that is signed. Never another time, never another
    /// digest. OpenSSL's own program agrees, asked of every 40th.
    @Test func everyChangedByte() throws {
        let request = try Self.request()
        let response = try authority.answer(request.bytes)
        let stamp = try verify(response)
        var unsigned: [Int] = []
        for position in response.indices {
            for change in [UInt8(0x01), 0x80, 0xff] {
                var changed = response
                changed[position] ^= change
                let shown = try? verify(changed, nonce: request.nonce)
                if let shown {
                    #expect(shown == stamp, "byte \(position) ^ \(change)")
                    unsigned.append(position)
                }
                if position % 40 == 0, change == 1 {
                    #expect(
                        try authority.openSSLVerifies(changed, of: request.bytes) == (shown != nil), "byte \(position)")
                }
            }
        }
        // The signed part is most of it.
        #expect(Set(unsigned).count < response.count / 10, "\(unsigned)")
    }

    @Test func everyLength() throws {
        let response = try authority.answer(Self.request().bytes)
        for end in 0..<response.count {
            #expect(throws: CryptoError(.malformed, "")) { try verify(Array(response[..<end])) }
        }
        #expect(throws: CryptoError(.malformed, "")) { try verify(response + [0]) }
        #expect(throws: CryptoError(.malformed, "")) {
            try verify([UInt8](repeating: 0x30, count: TimeStampResponse.maximumByteCount + 1))
        }
    }

    // MARK: Roots

    @Test func whatIsNoCertificateIsRefused() throws {
        let pem = try authority.certificates()
        for wrong in [[], Array("hello\n".utf8), Array(pem.dropLast(40)), pem + pem.dropLast(40)] {
            #expect(throws: CryptoError(.malformed, ""), "\(wrong.count) bytes") { try TimeStampRoots(pem: wrong) }
        }
        // One that is not there is no root either; the signer's own must come with the answer.
        let bare = try authority.answer(authority.request(of: Self.digest.description, []))
        #expect(throws: CryptoError(.badStamp, "")) { try verify(bare) }
        // Words around certificates are how such files are.
        _ = try verify(
            authority.answer(Self.request().bytes),
            roots: TimeStampRoots(pem: Array("# Example Root\n".utf8) + pem + Array("\n# end\n".utf8)))
    }
}
