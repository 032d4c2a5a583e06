internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// `consent notice`: the exact words that persons are shown.
struct NoticeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notice",
        abstract: "Publish, show, retire and list the exact words that persons are shown.",
        discussion: """
            EXAMPLE
              consent notice add web --file optin.txt --language es --channel whatsapp --category marketing
            """,
        subcommands: [Add.self, Show.self, Retire.self, List.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish a notice, or reconstruct one that was shown before.",
            discussion: """
                The text is kept byte for byte, and an opt-in names it by its SHA-256. A notice carries opt-ins from its \
                publication on; one that was shown earlier is added with --reconstructed and the time it was shown.

                EXAMPLE
                  consent notice add web --file optin.txt --language es --channel whatsapp --category marketing
                  consent notice add web-2021 --file old.txt --language es --channel whatsapp --category marketing \\
                    --reconstructed --shown-from 2021-07-01 --shown-until 2023-05-31
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions
        @OptionGroup var owner: BusinessOptions

        @Argument(help: "Its name: a–z, 0–9 and “-”. Its versions and languages share it.")
        var id: String

        @Option(help: ArgumentHelp("The language of the text, such as es or pt-BR (BCP 47).", valueName: "tag"))
        var language: String

        @Option(
            help: ArgumentHelp("A channel that the text speaks of. Can be repeated.", valueName: "channel"),
            completion: .list(Vocabulary.channel.words))
        var channel: [String]

        @Option(help: ArgumentHelp("A category that the text speaks of. Can be repeated.", valueName: "category"))
        var category: [String]

        @Option(help: ArgumentHelp("The text itself.", valueName: "text"))
        var text: String?

        @Option(help: ArgumentHelp("The file that holds the text, in UTF-8.", valueName: "file"), completion: .file())
        var file: String?

        @Option(help: ArgumentHelp("The brand that it speaks for, by its id.", valueName: "brand"))
        var brand: String?

        @Flag(help: "The text was shown in the past and is attested now.")
        var reconstructed = false

        @Option(help: ArgumentHelp("When a reconstructed text was first shown.", valueName: "time"))
        var shownFrom: String?

        @Option(help: ArgumentHelp("When a reconstructed text was last shown.", valueName: "time"))
        var shownUntil: String?

        private static let mostTextBytes = 1 << 20

        func validate() throws {
            guard (text == nil) != (file == nil) else {
                throw ValidationError("a notice has either --text TEXT or --file FILE")
            }
            guard reconstructed == (shownFrom != nil), reconstructed || shownUntil == nil else {
                throw ValidationError("--reconstructed and --shown-from TIME go together, and --shown-until needs both")
            }
        }

        func run() throws {
            try channel.forEach(ScopeOptions.checkChannel)
            let bytes = try textBytes()
            let digest = SHA256Digest(hashing: bytes)
            var fields: [EventField: FieldValue] = [
                .noticeName: .text(id), .language: .text(language), .textDigest: .bytes(digest.bytes),
                .channels: .list(channel), .categories: .list(category),
            ]
            if let brand { fields[.brand] = .text(brand) }
            if let shownFrom { fields[.shownFrom] = .number(try OccurredAt(parsing: shownFrom).start.milliseconds) }
            if let shownUntil { fields[.shownUntil] = .number(try OccurredAt(parsing: shownUntil).end.milliseconds) }
            let type: EventType = reconstructed ? .noticeReconstructed : .noticePublished
            let recorded = try writing.write(ledger) { writer in
                let business = try owner.business(in: writer.currentCatalog()).id
                var draft = EventDraft(type, business: business, fields: fields)
                draft.objects = [bytes]
                return try RecordedEvent(draft, with: writer)
            }
            recorded.report(
                "\(reconstructed ? "Reconstructed" : "Published") the notice \(id) in \(language)", json: ledger.json,
                more: ["text-digest": .string(digest.description)])
        }

        private func textBytes() throws(CommandError) -> [UInt8] {
            let bytes =
                if let text { Array(text.utf8) } else { try FileInput.bytes(of: file ?? "", most: Self.mostTextBytes) }
            guard !bytes.isEmpty, String(validating: bytes, as: UTF8.self) != nil else {
                throw CommandError(.badInput, "the notice's text is empty or not UTF-8; save it as UTF-8 text")
            }
            return bytes
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the exact words of a notice, all its versions and languages.",
            discussion: """
                EXAMPLE
                  consent notice show web --language es
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var owner: BusinessOptions

        @Argument(help: "The notice's name.")
        var id: String

        @Option(help: ArgumentHelp("Only this language.", valueName: "tag"))
        var language: String?

        func run() throws {
            let found = try ledger.read { snapshot in
                let business = try owner.business(in: snapshot.catalog)
                return try business.notices(named: id, language: language).map { notice in
                    (business, notice, try snapshot.object(notice.textDigest))
                }
            }
            if ledger.json {
                let items = found.map { business, notice, text -> JSON in
                    notice.json(business.id) + ["text": .optional(text.map { String(decoding: $0, as: UTF8.self) })]
                }
                return print(JSON.array(items).text)
            }
            for (position, (_, notice, text)) in found.enumerated() {
                if position > 0 { print("") }
                print(
                    "\(notice.name), \(notice.language), \(notice.state): SHA-256 \(Hexadecimal.encode(notice.textDigest))"
                )
                guard let text else {
                    Terminal.warn("the log does not hold this text; run consent verify")
                    continue
                }
                let lines = String(decoding: text, as: UTF8.self).split(
                    separator: "\n", omittingEmptySubsequences: false)
                for line in lines.last == "" ? lines.dropLast() : lines[...] {
                    print("  " + Terminal.plain(String(line)))
                }
            }
        }
    }

    struct Retire: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Retire a notice: no opt-in is given on it from then on.",
            discussion: """
                What was given on its words stays.

                EXAMPLE
                  consent notice retire web
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions
        @OptionGroup var owner: BusinessOptions

        @Argument(help: "The notice's name.")
        var id: String

        func run() throws {
            let recorded = try writing.write(ledger) { writer in
                var draft = EventDraft(.noticeRetired, business: try owner.business(in: writer.currentCatalog()).id)
                draft.fields[.noticeName] = .text(id)
                return try RecordedEvent(draft, with: writer)
            }
            recorded.report("Retired the notice \(id)", json: ledger.json)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the notices of a business.",
            discussion: """
                EXAMPLE
                  consent notice list --business acme-viajes
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var owner: BusinessOptions

        func run() throws {
            let business = try ledger.read { try owner.business(in: $0.catalog) }
            Listing(
                business.notices,
                [
                    ("name", { $0.name }), ("language", { $0.language }),
                    ("channels", { $0.channels.joined(separator: " ") }),
                    ("categories", { $0.categories.joined(separator: " ") }),
                    ("record", { String($0.window.from) }), ("state", { $0.state }),
                ]
            ) { $0.json(business.id) }
            .print(json: ledger.json, orIfEmpty: "\(business.name) has no notice; add one with: consent notice add")
        }
    }
}

extension Catalog.Business {
    /// The notices of that name, in the order they were published; throws `unknownNotice` if there is none.
    func notices(named name: String, language: String? = nil) throws(RulesError) -> [Catalog.Notice] {
        let found = notices.filter { notice in
            notice.name == name && (language.map { notice.language.lowercased() == $0.lowercased() } ?? true)
        }
        guard found.isEmpty else { return found }
        let known = Set(notices.map { language == nil ? $0.name : "\($0.name) (\($0.language))" }).sorted()
        let wanted = "“\(name)”" + (language.map { " in “\($0)”" } ?? "")
        throw RulesError(
            .unknownNotice,
            known.isEmpty
                ? "the business “\(id)” has no notice yet; add one with: consent notice add"
                : "the business “\(id)” has no notice \(wanted); it has: \(known.joined(separator: ", "))")
    }
}

extension Catalog.Notice {
    /// Whether it is in force, and since when its words are known.
    var state: String {
        if let until = window.until { return "retired by record \(until)" }
        guard let shown else { return "published \(recordedAt)" }
        return "shown from \(shown.from)" + (shown.until.map { " until \($0)" } ?? "") + ", attested \(recordedAt)"
    }

    func json(_ business: String) -> JSON {
        [
            "name": .string(name), "business": .string(business), "language": .string(language),
            "text-digest": .string(Hexadecimal.encode(textDigest)), "channels": .strings(channels),
            "categories": .strings(categories), "brand": .optional(brand),
            "recorded-at": .string(recordedAt.description), "shown-from": .optional(shown?.from.description),
            "shown-until": .optional(shown?.until?.description), "record": .number(window.from),
            "retired-by": window.until.map { .number($0) } ?? .null,
        ]
    }
}
