import ConsentAudit
import ConsentModel
import Foundation
import Testing

/// Nothing of anyone else is in a bundle, and no key.
@Suite struct EvidencePrivacyTests {
    @Test func thirtyPeopleAreKeptApart() throws {
        let world = try EvidenceWorld()
        let place = world.place
        func number(_ person: Int) -> String { "+346001115\(person < 10 ? "0" : "")\(person)" }
        func secret(_ person: Int) -> String { "Zebra-\(person)-Quagga" }
        try place.succeed(["business", "add", "otra", "--name", "Otra"])
        for person in 0..<30 {
            try place.succeed([
                "opt-in", number(person), "--business", "acme-viajes", "--notice", "web", "--evidence",
                "note=\(secret(person))", "--evidence", "ip=198.51.100.\(100 + person)",
            ])
            if person % 4 == 0 {
                try place.write("scan of \(secret(person))\n", to: "scan-\(secret(person)).txt")
                try place.succeed([
                    "attach", number(person), "scan-\(secret(person)).txt", "--business", "acme-viajes",
                ])
            }
            if person % 3 == 0 { try place.succeed(["opt-out", number(person), "--business", "acme-viajes"]) }
        }
        var bundles: [[UInt8]] = []
        var handles: [String] = []
        for person in 0..<30 {
            let made = try place.succeed([
                "evidence", number(person), "-o", "\(person).zip", "--no-pdf", "--business", "acme-viajes", "--json",
            ])
            handles.append(try made.member("handle"))
            bundles.append(try world.bytes("\(person).zip"))
        }
        #expect(Set(handles).count == 30)
        let keys = try FileManager.default.contentsOfDirectory(atPath: place.path("consent.ledger/private/keys")).map {
            name in
            let line = try String(contentsOfFile: place.path("consent.ledger/private/keys/\(name)"), encoding: .utf8)
            return String(try #require(line.split(whereSeparator: \.isWhitespace).last))
        }
        #expect(keys.count >= 6)
        for person in 0..<30 {
            #expect(try world.verify(bundles[person]).holds)
            let data = Data(bundles[person])
            func has(_ text: String) -> Bool { data.range(of: Data(text.utf8)) != nil }
            #expect(has(secret(person)) && has(number(person)) && has(handles[person]))
            #expect(has("scan of \(secret(person))") == (person % 4 == 0))
            for other in 0..<30 where other != person {
                #expect(!has(number(other)) && !has(String(number(other).dropFirst())), "\(person) tells of \(other)")
                #expect(!has(secret(other)) && !has("198.51.100.\(100 + other)"), "\(person) tells of \(other)")
                #expect(!has(handles[other]), "\(person) tells of \(other)")
                let bytes = stride(from: 0, to: 32, by: 2).map { at in
                    UInt8(handles[other].dropFirst(at).prefix(2), radix: 16) ?? 0
                }
                #expect(data.range(of: Data(bytes)) == nil, "\(person) tells of \(other)")
            }
            for key in keys {
                #expect(!has(key))
                #expect(data.range(of: try #require(Data(base64Encoded: key))) == nil)
            }
        }
    }
}
