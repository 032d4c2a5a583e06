import Foundation
import Testing

/// Nothing of anyone else, of another business or of any key is in what a person is given.
@Suite struct PersonPrivacyTests {
    @Test func thirtyPeopleAreKeptApart() throws {
        let world = try PersonWorld()
        let place = world.place
        func number(_ person: Int) -> String { "+346001115\(person < 10 ? "0" : "")\(person)" }
        func secret(_ person: Int) -> String { "Zebra-\(person)-Quagga" }
        let acme = ["--business", "acme-viajes"]
        try place.write("Acepto ofertas de Otra Casa por WhatsApp. BAJA para salir.\n", to: "otra.txt")
        try place.succeed(["business", "add", "otra", "--name", "Otra Casa"])
        try place.succeed([
            "notice", "add", "web", "--file", "otra.txt", "--language", "es", "--channel", "whatsapp", "--category",
            "marketing", "--business", "otra",
        ])
        for person in 0..<30 {
            try place.succeed(
                [
                    "opt-in", number(person), "--notice", "web", "--evidence", "note=\(secret(person))", "--evidence",
                    "ip=198.51.100.\(100 + person)",
                ] + acme)
            if person % 3 == 0 { try place.succeed(["opt-out", number(person)] + acme) }
            if person % 7 == 0 {
                try place.succeed([
                    "opt-in", number(person), "--notice", "web", "--business", "otra", "--evidence",
                    "note=Otra-\(person)-Nota",
                ])
            }
        }
        // Each is tied to the next one.
        let links = stride(from: 0, to: 30, by: 2).map { person in
            #"{"type":"contact-linked","contact":"\#(number(person))","other-contact":"\#(number(person + 1))","method":"web-form"}"#
                + "\n"
        }
        try place.write(links.joined(), to: "links.jsonl")
        try place.succeed(["append", "links.jsonl"] + acme)
        var texts: [String] = []
        var handles: [String] = []
        for person in 0..<30 {
            try place.succeed(["subject-access", number(person), "-o", "\(person)"] + acme)
            try place.succeed(["receipt-for", number(person), "-o", "\(person).jsonld"] + acme)
            try place.succeed(["receipt-for", number(person), "-o", "\(person).html"] + acme)
            let document = try world.text("\(person)/subject-access.json")
            texts.append(
                document + (try world.text("\(person)/subject-access.html")) + (try world.text("\(person).jsonld"))
                    + (try world.text("\(person).html")))
            let access = try #require(try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: Any])
            handles += try #require(access["handles"] as? [String])
        }
        #expect(Set(handles).count == 30)
        let keys = try place.keySecrets()
        #expect(keys.count >= 6)
        for person in 0..<30 {
            let text = texts[person]
            #expect(text.contains(secret(person)) && text.contains(number(person)) && text.contains(handles[person]))
            for other in 0..<30 where other != person {
                #expect(!text.contains(number(other).dropFirst()), "\(person) tells of \(other)")
                #expect(
                    !text.contains(secret(other)) && !text.contains("198.51.100.\(100 + other)"),
                    "\(person) tells of \(other)")
                #expect(!text.contains(handles[other]), "\(person) tells of \(other)")
            }
            #expect(!text.contains("-Nota") && !text.contains("Otra Casa"), "\(person) tells of another business")
            for key in keys { #expect(!text.contains(key)) }
        }
        try world.isWhole()
    }
}
