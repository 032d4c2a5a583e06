import ConsentLedger
import Testing

/// Each format's good text, cut into chunks at every byte, and damaged at random.
@Suite struct ImportMutationTests {
    private static let csv = """
        \u{FEFF}phone;status;date;note\r
        +34600111222;opt-in;2024-03-04T10:15:30Z;"two\r
        lines, ""quoted\"\"\"\r
        600 111 333;unsubscribed;03/04/2024;é\r
        \r
        ana@example.com;opt-out;;"open\r
        +34600111444;opt-in;1709547330;x;y\r
        +34600111555;opted-out;45355;last
        """
    private static let twilio = """
        [
          {"contact_id": "+12025550143", "correlation_id": "02e1d6b5d2b54d2e8f7a0c3f6a1b9e44", "sender_id": "MG01",
           "status": "opt-in", "source": "website", "date_of_consent": "2024-03-04T10:15:30Z"},
          "{\\"contact_id\\": \\"+12025550144\\", \\"status\\": \\"opt-out\\"}",
          {"contact_id": "+1202555
          }, 12, {"a": [{}]},
          {"contact_id": "\\ud83d+12025550145", "status": "opt-out", "source": "others"}
        ]

        """
    private static let lines = """
        {"contact_id": "+12025550143", "correlation_id": "02e1d6b5d2b54d2e8f7a0c3f6a1b9e44", "status": "opt-in"}

        "{\\"contact_id\\": \\"+12025550144\\", \\"status\\": \\"opt-out\\"}"\r
        nonsense
        """
    private static let whatsApp = [
        #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"value":{"metadata":{"phone_number_id":"7"},"#
            + #""contacts":[{"wa_id":"34600111222","user_id":"ES.1"}],"messages":[{"from":"34600111222","id":"wamid.1","#
            + #""timestamp":"1709547330","type":"text","text":{"body":"¡Baja! gracias 🙏"}},{"from":"34600111222","#
            + #""id":"wamid.2","timestamp":1,"type":"button","button":{"text":"STOP","payload":"x"}}]},"field":"messages"}]}]}"#,
        #"{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"user_preferences","value":{"#
            + #""user_preferences":[{"wa_id":"34600111222","category":"marketing_messages","value":"stop","timestamp":1731705721}]}}]}]}"#,
        #"{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"#
            + #""statuses":[{"id":"w","recipient_id":"34600111222","timestamp":"1709547330","errors":[{"code":131050}]}],"#
            + #""messages":[{"from":"34600111222","type":"system","system":{"type":"user_changed_number","wa_id":"34600111333"}}]}}]}]}"#,
    ].joined(separator: "\r\n")

    private static let formats: [(name: String, text: String)] = [
        ("csv", csv), ("twilio", twilio), ("twilio lines", lines), ("whatsapp", whatsApp),
    ]

    /// What `bytes` are read as, chunk by chunk; the error where the whole file is refused.
    private func outcome(_ format: String, _ bytes: [UInt8], chunks: [Int]) -> String {
        func read(_ parser: some ImportParser) throws(ImportError) -> String {
            var parser = parser
            var read: [ImportItem] = []
            var start = 0
            for end in chunks + [bytes.count] where end > start {
                read += try parser.items(in: Array(bytes[start..<end]))
                start = end
            }
            return dump(read + (try parser.finish()))
        }
        do throws(ImportError) {
            switch format {
            case "csv": return try read(try CSVImport(options: CSVImport.Options()))
            case "whatsapp": return try read(WhatsAppImport())
            default: return try read(TwilioImport())
            }
        } catch {
            return "refused: \(error)"
        }
    }

    @Test(arguments: formats.map(\.name)) func whereverAChunkEndsTheItemsAreTheSame(_ format: String) throws {
        let bytes = Array(try #require(Self.formats.first { $0.name == format }).text.utf8)
        let whole = outcome(format, bytes, chunks: [])
        #expect(whole.contains("optOut") && whole.contains("rejected") || format == "whatsapp")
        for cut in 1..<bytes.count { #expect(outcome(format, bytes, chunks: [cut]) == whole, "cut at \(cut)") }
        #expect(outcome(format, bytes, chunks: Array(1..<bytes.count)) == whole)
    }

    @Test(arguments: formats.map(\.name), 0..<4) func damagedTextCrashesNothing(_ format: String, _ seed: UInt64) throws
    {
        let good = Array(try #require(Self.formats.first { $0.name == format }).text.utf8)
        var random = SplitMix(seed: seed)
        let favourites = Array("\",;\n\r{}[]\\:0E+\u{FEFF}".utf8) + [0, 0xFF, 0x80, 0xC3]
        for _ in 0..<300 {
            var bytes = good
            for _ in 0...random.next(below: 6) {
                let place = random.next(below: bytes.count)
                switch random.next(below: 4) {
                case 0: bytes[place] = favourites[random.next(below: favourites.count)]
                case 1: bytes.insert(favourites[random.next(below: favourites.count)], at: place)
                case 2: bytes.removeSubrange(place..<min(place + random.next(below: 20), bytes.count))
                default: bytes.insert(contentsOf: bytes[place..<min(place + 30, bytes.count)], at: place)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let cuts = (0..<3).map { _ in random.next(below: bytes.count) }.sorted()
            #expect(outcome(format, bytes, chunks: cuts) == outcome(format, bytes, chunks: []), "seed \(seed)")
        }
    }
}
