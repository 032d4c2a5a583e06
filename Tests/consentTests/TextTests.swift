import ConsentModel
import Foundation
import Glibc
import LedgerCrypto
import Testing

@testable import consent

/// The small pieces of text that commands are made of.
@Suite struct TextTests {
    @Test(arguments: [
        ("Acme Viajes", "acme-viajes"), ("Café Olé, S.A.", "cafe-ole-s-a"), ("Müller & Söhne", "muller-and-sohne"),
        ("  Straße 7 ", "strasse-7"), ("ŁÓDŹ", "lodz"), ("Ana\u{301}lisis", "analisis"), ("--a--", "a"),
        (String(repeating: "x", count: 80), String(repeating: "x", count: 64)),
    ])
    func idsAreMadeOfNames(_ name: String, _ id: String) {
        #expect(Identifier.id(of: name) == id)
        #expect(FieldKind.isIdentifier(id))
    }

    @Test(arguments: ["", "—", "北京旅行社"]) func someNamesGiveNoID(_ name: String) {
        #expect(Identifier.id(of: name) == nil)
    }

    @Test func jsonIsReadBackByAnotherReader() throws {
        let strings = ["", "a\"b\\c/d", "\n\t\r\u{0}\u{1f}\u{7f}\u{85}", "ñ 中 👩‍🚀", "\u{202e}evil\u{2028}"]
        let value: JSON = [
            "strings": .strings(strings), "largest": .number(.max), "yes": .bool(true), "none": .null, "empty": [:],
            "nothing": .array([]),
        ]
        let read = try #require(
            try JSONSerialization.jsonObject(with: Data(value.text.utf8)) as? [String: Any])
        #expect(read["strings"] as? [String] == strings)
        #expect((read["largest"] as? NSNumber)?.uint64Value == .max)
        #expect(read["yes"] as? Bool == true)
        #expect(read["none"] is NSNull)
        #expect(!value.text.unicodeScalars.contains("\u{202e}"))
    }

    @Test(arguments: [
        (["a", "b"], "a,b"), (["a,b", "say \"x\""], "\"a,b\",\"say \"\"x\"\"\""), (["two\nlines"], "\"two\nlines\""),
        (["+34600111222"], "+34600111222"), (["+1+cmd"], "'+1+cmd"), (["=1+1"], "'=1+1"), (["-x", "@y"], "'-x,'@y"),
        (["", ""], ","),
    ])
    func csvIsQuotedAndRunsNothing(_ cells: [String], _ text: String) {
        #expect(CSVRow.text(cells) == text)
    }

    @Test func timesReadAsSentences() throws {
        #expect(try OccurredAt(parsing: "2024-03-03T10:15:59Z").start.sentence == "3 March 2024 at 10:15 UTC")
        #expect(Timestamp.epoch.sentence == "1 January 1970 at 00:00 UTC")
        #expect(Timestamp.last.sentence == "31 December 9999 at 23:59 UTC")
    }

    @Test(
        arguments: [
            (0, "0 seconds"), (1999, "1 second"), (59_999, "59 seconds"), (60_000, "1 minute"), (7_200_000, "2 hours"),
            (86_400_000, "1 day"), (UInt64.max, "213503982334 days"),
        ] as [(UInt64, String)])
    func durationsReadAsSentences(_ milliseconds: UInt64, _ text: String) {
        #expect(readableDuration(milliseconds) == text)
    }

    @Test func scopesReadAsSentences() {
        #expect(ScopePhrase(channels: nil, categories: nil).description == "everything")
        #expect(ScopePhrase(channels: ["sms"], categories: nil).description == "everything by SMS")
        #expect(ScopePhrase(channels: nil, categories: ["marketing"]).description == "marketing on every channel")
        #expect(
            ScopePhrase(channels: ["email", "sms", "whatsapp"], categories: ["a", "b"], senders: ["s"]).description
                == "a and b by e-mail, by SMS and on WhatsApp from s")
        for channel in Vocabulary.channel.words { #expect(!ScopePhrase.by(channel).isEmpty) }
    }

    @Test func theProgressBarTellsRateAndTimeLeft() {
        #expect(
            ProgressBar.text(done: 250, total: 1000, unit: "rows", elapsed: 1000)
                == "[#######-----------------------] 25 %  250 rows/s  3 s left")
        #expect(ProgressBar.text(done: 0, total: 10, unit: "rows", elapsed: 0).hasSuffix("0 rows/s  ? left"))
        #expect(ProgressBar.text(done: 0, total: 0, unit: "rows", elapsed: 5).contains("100 %"))
        #expect(ProgressBar.text(done: 1, total: .max, unit: "rows", elapsed: 1000).hasSuffix("99 h 59 min left"))
    }

    @Test func publicKeysComeInFourForms() throws {
        let key = try Ed25519PrivateKey(seed: SeededRandomSource(label: "public key file").secret(32)).publicKey
        let der: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00] + key.bytes
        let pem = "-----BEGIN PUBLIC KEY-----\n\(Base64.encode(der))\n-----END PUBLIC KEY-----\n"
        let hexadecimal = Hexadecimal.encode(key.bytes)
        for text in [hexadecimal, hexadecimal.uppercased() + "\n", Base64.encode(key.bytes) + "\r\n", pem] {
            #expect(PublicKeyFile.key(Array(text.utf8)) == key)
        }
        #expect(PublicKeyFile.key(key.bytes) == key)
        for text in ["", hexadecimal.dropLast() + "", hexadecimal + "00", pem + "x", "-----BEGIN PUBLIC KEY-----\n"] {
            #expect(PublicKeyFile.key(Array(text.utf8)) == nil)
        }
    }

    @Test func indexRangesAreTyped() {
        typealias Range = LogCommand.IndexRange
        for (text, first, last) in [("7", 7, 7), ("3..9", 3, 9), ("3..", 3, nil), ("..9", 0, 9), ("..", 0, nil)]
            as [(String, UInt64, UInt64?)]
        {
            let range = Range(argument: text)
            #expect(range?.first == first && range?.last == last)
        }
        for text in ["", "x", "3-9", "3...9", "3..x", "-1", "18446744073709551616"] {
            #expect(Range(argument: text) == nil)
        }
    }

    @Test func anInterruptionWaitsUntilItIsObeyed() {
        // The threads that tests run on do not take signals.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        defer { pthread_sigmask(SIG_BLOCK, &signals, nil) }
        Interruption.hold()
        #expect(!Interruption.isRequested)
        raise(SIGTERM)
        #expect(Interruption.isRequested)
        // Nothing that is begun after it loses it.
        Interruption.hold()
        #expect(Interruption.isRequested)
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
}
