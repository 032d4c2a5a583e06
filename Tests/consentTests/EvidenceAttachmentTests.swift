import ConsentAudit
import Foundation
import LedgerCrypto
import Testing

/// What was attached to a person's records is in their bundle, and nothing else is.
@Suite struct EvidenceAttachmentTests {
    private static let picture = [UInt8]([0x89] + Array("PNG\r\n\u{1a}\n of a signed form".utf8))
    private static let page = Array("<script>alert('hola')</script>".utf8)

    /// The ledger of `EvidenceWorld.withStory` with two files attached, one of them twice.
    private static func world() throws -> EvidenceWorld {
        let world = try EvidenceWorld.withStory()
        for (name, bytes) in [("form.png", picture), ("<b>&.html", page), ("other.png", Array("of someone else".utf8))]
        {
            try Data(bytes).write(to: URL(fileURLWithPath: world.place.path(name)))
        }
        let records = try world.place.succeed(["history", EvidenceWorld.contact, "--json"])
            .member("records", as: [[String: Any]].self)
        let last = try #require(records.last?["index"] as? Int)
        try world.place.succeed(["attach", EvidenceWorld.contact, "form.png", "<b>&.html"])
        try world.place.succeed(["attach", EvidenceWorld.contact, "form.png", "--record", String(last)])
        try world.place.succeed(["attach", "+34600111333", "other.png"])
        return world
    }

    private static func name(_ bytes: [UInt8], _ ending: String) -> String {
        "attachments/\(SHA256Digest(hashing: bytes))\(ending)"
    }

    private func attachments(_ bundle: [UInt8]) throws -> [String] {
        try EvidenceFiles(bundle).files.map(\.name).filter { $0.hasPrefix("attachments/") }
    }

    @Test func theyAreInTheBundleAsTheyWere() throws {
        let world = try Self.world()
        let bundle = try world.bundle()
        let files = try EvidenceFiles(bundle)
        let names = [Self.name(Self.picture, ".png"), Self.name(Self.page, "")]
        #expect(try attachments(bundle) == names.sorted())
        #expect(files[names[0]] == Self.picture && files[names[1]] == Self.page)
        let report = try world.verify(bundle)
        #expect(report.holds && !report.notCovered.contains { $0.code == .attachments }, "\(report.findings)")
        let page = String(decoding: try #require(files["evidence.html"]), as: UTF8.self)
        #expect(page.contains(names[0]) && page.contains(names[1]))
        #expect(page.contains("&lt;b&gt;&amp;.html"))
        // No content is part of the page, and the page leads nowhere.
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("href") && !page.contains("src="))
        // Others' are not there.
        #expect(Data(bundle).range(of: Data("of someone else".utf8)) == nil)
        // Others open it, and find the same.
        let checked = try world.place.shell(
            "python3 -m zipfile -e a.zip bundle && cd bundle && sha256sum -c --quiet SHA256SUMS")
        #expect(checked.status == 0, "\(checked.output)")
    }

    @Test func theyCanBeLeftOut() throws {
        let world = try Self.world()
        for (name, options) in [("a.zip", ["--without-attachments"]), ("b.zip", ["--fields", "contact,file-name"])] {
            let bundle = try world.bundle(name, with: options)
            #expect(try attachments(bundle).isEmpty)
            let report = try world.verify(bundle)
            #expect(report.holds)
            #expect(report.notCovered.contains { $0.code == .attachments }, "\(name)")
            #expect(Data(bundle).range(of: Data("of a signed form".utf8)) == nil)
            let digest = Data(SHA256Digest(hashing: Self.picture).description.utf8)
            #expect((Data(bundle).range(of: digest) != nil) == (name == "a.zip"))
        }
        // The field that names the file opens it; its ending needs the type.
        let bundle = try world.bundle("c.zip", with: ["--fields", "sha-256"])
        #expect(try attachments(bundle) == [Self.name(Self.picture, ""), Self.name(Self.page, "")].sorted())
        #expect(try world.verify(bundle).holds)
    }

    /// What the ledger has lost is said, and does not keep the rest from being shown.
    @Test func aLostContentIsSaid() throws {
        let world = try Self.world()
        _ = try world.place.shell("rm -rf consent.ledger/private/sealed/attachments/*/*")
        let made = try world.place.succeed(["evidence", EvidenceWorld.contact, "-o", "a.zip", "--no-pdf"])
        #expect(made.output.contains("Not in it: what was attached by 3 records of the contact: the contents are not"))
        let bundle = try world.bytes("a.zip")
        #expect(try attachments(bundle).isEmpty)
        #expect(try world.verify(bundle).holds)
        let page = String(decoding: try #require(try EvidenceFiles(bundle)["evidence.html"]), as: UTF8.self)
        #expect(page.contains("its content is not in this bundle"))
    }

    /// One that was altered on the disk is damage, and nothing is written.
    @Test func anAlteredContentIsNotShown() throws {
        let world = try Self.world()
        _ = try world.place.shell(
            "for f in consent.ledger/private/sealed/attachments/*/*; do chmod u+w $f; printf x | dd of=$f bs=1 seek=40 conv=notrunc; done"
        )
        let refused = try world.place.run(["evidence", EvidenceWorld.contact, "-o", "a.zip", "--no-pdf"])
        #expect(refused.status == 2 && refused.errors.contains("altered"), "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: world.place.path("a.zip")))
    }

    @Test func whatIsChangedIsFoundByName() throws {
        let world = try Self.world()
        let bundle = try world.bundle()
        let picture = Self.name(Self.picture, ".png")
        func findings(_ change: (inout EvidenceFiles) -> Void) throws -> [String?] {
            var files = try EvidenceFiles(bundle)
            change(&files)
            return try world.verify(files.archive()).findings.map(\.file)
        }
        #expect(try findings { $0[picture]?[10] ^= 1 }.contains(picture))
        #expect(try findings { $0[picture]?.removeLast() }.contains(picture))
        #expect(try findings { $0.files.removeAll { $0.name == picture } }.contains("evidence.json"))
        // Another file, under its own name, that nobody attached; and the same under another ending.
        let stray = Self.name([1, 2, 3], "")
        #expect(try findings { $0.files.append((stray, [1, 2, 3])) }.contains(stray))
        for ending in ["", ".html", ".PNG", ".png.exe"] {
            let renamed = Self.name(Self.picture, ending)
            let found = try findings { files in
                guard let place = files.files.firstIndex(where: { $0.name == picture }) else { return }
                files.files[place].name = renamed
            }
            #expect(found.contains(renamed), "\(ending)")
        }
    }

    /// A content is never whole in memory; the bundle is, only here.
    @Test func aLargeOneIsStreamed() throws {
        let world = try EvidenceWorld.withStory()
        let count = 5 << 20
        var generator = UInt64(7)
        let bytes = (0..<count).map { _ -> UInt8 in
            generator = generator &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: generator >> 33)
        }
        try Data(bytes).write(to: URL(fileURLWithPath: world.place.path("call.mp3")))
        try world.place.succeed(["attach", EvidenceWorld.contact, "call.mp3"])
        try world.place.succeed(["evidence", EvidenceWorld.contact, "-o", "a.zip", "--no-pdf"])
        try world.place.succeed(["evidence", "verify", "a.zip"] + world.pins)
        #expect(try EvidenceFiles(world.bytes("a.zip"))[Self.name(bytes, ".mp3")] == bytes)
    }

    /// Whoever asked to be erased is shown to legal alone, by address and by handle.
    @Test func aShutProofIsForLegalAlone() throws {
        let world = try Self.world()
        let made = try world.place.succeed([
            "evidence", EvidenceWorld.contact, "-o", "before.zip", "--no-pdf", "--json",
        ])
        let handle: String = try made.member("handle")
        try world.place.succeed(["erase", EvidenceWorld.contact])
        for subject in [[EvidenceWorld.contact], ["--handle", handle]] {
            for why in [[], ["--legal-access", ""]] {
                let refused = try world.place.run(["evidence"] + subject + ["-o", "shut.zip", "--no-pdf"] + why)
                #expect(refused.status == 77 && refused.errors.contains("--legal-access"), "\(refused.errors)")
                #expect(!FileManager.default.fileExists(atPath: world.place.path("shut.zip")))
            }
            try world.place.succeed(
                ["evidence"] + subject + ["-o", "\(subject.count).zip", "--no-pdf", "--legal-access", "case 117"])
            let bundle = try world.bytes("\(subject.count).zip")
            #expect(try world.verify(bundle).holds)
            // That it was looked at is recorded, and in it.
            let document = String(decoding: try #require(try EvidenceFiles(bundle)["evidence.json"]), as: UTF8.self)
            #expect(document.contains("case 117") && document.contains("legal-access"))
        }
        try world.place.succeed(["verify"] + world.pins)
    }
}
