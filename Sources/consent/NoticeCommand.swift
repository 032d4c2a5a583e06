internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// `consent notice`: the exact words that persons are shown.
struct NoticeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notice",
        abstract: "Publish, judge, show, retire and list the exact words that persons are shown.",
        discussion: """
            EXAMPLE
              consent notice add web --file optin.txt --language es --channel whatsapp --category marketing
            """,
        subcommands: [Add.self, Lint.self, Show.self, Retire.self, List.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish a notice, or reconstruct one that was shown before.",
            discussion: """
                The text is kept byte for byte, and an opt-in names it by its SHA-256. A notice carries opt-ins from its \
                publication on; one that was shown earlier is added with --reconstructed and the time it was shown.

                A text that does not say what the rules of the day ask for is refused (consent notice lint tells what). With \
                --with-errors it is kept all the same, as evidence of what was shown, and no opt-in can rest on it.

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

        @Flag(help: "Keep a text that may carry no opt-in.")
        var withErrors = false

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
                let business = try owner.business(in: writer.currentCatalog())
                let time = try shownFrom.map { try OccurredAt(parsing: $0).start } ?? writer.currentTime()
                let wording = NoticeWording(
                    text: String(decoding: bytes, as: UTF8.self), language: language, channels: channel,
                    categories: category, of: business, brand: brand)
                let packs = try writer.packs(business: business.id).inForce(
                    for: business.id, at: writer.currentTime())
                let problems = NoticeLint.problems(of: wording, packs: packs, shownAt: time)
                if !withErrors, let problem = problems.first(where: \.isRequired) {
                    throw RulesError(
                        .defectiveNotice,
                        JudgedNotice.clause(of: problem)
                            + "; no opt-in could rest on it, and --with-errors keeps it all the same")
                }
                var draft = EventDraft(type, business: business.id, fields: fields)
                draft.objects = [bytes]
                return try RecordedEvent(
                    draft, with: writer,
                    warnings: problems.map { problem in
                        problem.isRequired
                            ? JudgedNotice.clause(of: problem) + "; no opt-in can rest on it"
                            : JudgedNotice.sentence(of: problem)
                    })
            }
            recorded.report(
                "\(reconstructed ? "Reconstructed" : "Published") the notice \(id) in \(language)", json: ledger.json,
                more: ["text-digest": .string(digest.description)])
        }

        private func textBytes() throws(CommandError) -> [UInt8] {
            guard let text else { return try NoticeCommand.text(at: file ?? "") }
            return try NoticeCommand.checked(Array(text.utf8))
        }
    }

    struct Lint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Judge the words of a notice by the rules in force when it is shown.",
            discussion: """
                Without a pack adopted, the business's name is all that is asked for; --pack tries a pack without adopting it. \
                Exits 0 where nothing is wrong, or only advice is given, and 2 where a notice may carry no opt-in.

                EXAMPLE
                  consent notice lint optin.txt --language es --channel whatsapp --pack whatsapp
                  consent notice lint --notice web --shown 2021-08-01
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var owner: BusinessOptions

        @Argument(help: ArgumentHelp("The file that holds the text, in UTF-8.", valueName: "file"), completion: .file())
        var file: String?

        @Option(help: ArgumentHelp("A notice of the business, by its name.", valueName: "name"))
        var notice: String?

        @Option(help: ArgumentHelp("The language of the text, such as es or pt-BR (BCP 47).", valueName: "tag"))
        var language: String?

        @Option(
            help: ArgumentHelp("A channel that it is to carry opt-ins for. Can be repeated.", valueName: "channel"),
            completion: .list(Vocabulary.channel.words))
        var channel: [String] = []

        @Option(
            help: ArgumentHelp("A category that it is to carry opt-ins for. Can be repeated.", valueName: "category"))
        var category: [String] = []

        @Option(help: ArgumentHelp("The brand that it speaks for, by its id.", valueName: "brand"))
        var brand: String?

        @Option(help: ArgumentHelp("When it is shown. Default: now.", valueName: "time"))
        var shown: String?

        @Option(help: ArgumentHelp("A pack to try instead of those adopted. Can be repeated.", valueName: "pack"))
        var pack: [String] = []

        func validate() throws {
            guard (file == nil) != (notice == nil) else {
                throw ValidationError("name either the file of a text or --notice NAME")
            }
            guard file == nil || language != nil else {
                throw ValidationError("say with --language what the text is in")
            }
            guard notice == nil || brand == nil else {
                throw ValidationError("a notice of the business has its own brand")
            }
        }

        func run() throws {
            try channel.forEach(ScopeOptions.checkChannel)
            let tried = try pack.map { try PackInput($0).pack }
            let time = try shown.map { try OccurredAt(parsing: $0).start } ?? SystemClock().now()
            let text = try file.map { try NoticeCommand.text(at: $0) }
            let judged = try ledger.read { snapshot -> [JudgedNotice] in
                let business = try owner.business(in: snapshot.catalog)
                for id in category where business.categories[id] == nil {
                    throw RulesError(
                        .unknownCategory,
                        "the business “\(business.id)” has no category “\(id)”; it has: "
                            + business.categories.keys.sorted().joined(separator: ", "))
                }
                if let brand, business.brands[brand] == nil {
                    throw RulesError(
                        .unknownBrand,
                        "the business “\(business.id)” has no brand “\(brand)”; add it with: consent brand add")
                }
                let now = max(SystemClock().now(), snapshot.lastRecordedAt)
                let packs = try snapshot.packs(business: business.id).inForce(for: business.id, at: now)
                return try wordings(text, business, snapshot).map { name, wording in
                    JudgedNotice(
                        name: name,
                        problems: pack.isEmpty
                            ? NoticeLint.problems(
                                of: wording, packs: packs, shownAt: time)
                            : NoticeLint.problems(of: wording, trying: tried, shownAt: time))
                }
            }
            if ledger.json {
                print(JSON.array(judged.map(\.json)).text)
            } else {
                for notice in judged { notice.print() }
            }
            if judged.contains(where: \.isDefective) { throw ExitStatus.doesNotVerify }
        }

        /// The words to judge, with what to call them.
        private func wordings(
            _ text: [UInt8]?, _ business: Catalog.Business, _ snapshot: LedgerSnapshot
        ) throws -> [(name: String, wording: NoticeWording)] {
            if let text, let file, let language {
                let channels = channel.isEmpty ? business.channels : channel
                let wording = NoticeWording(
                    text: String(decoding: text, as: UTF8.self), language: language,
                    channels: channels.isEmpty ? Vocabulary.channel.words : channels,
                    categories: category.isEmpty ? ["marketing"] : category, of: business, brand: brand)
                return [(file, wording)]
            }
            return try business.notices(named: notice ?? "", language: language).map { notice in
                guard let text = try snapshot.object(notice.textDigest),
                    SHA256Digest(hashing: text).bytes == notice.textDigest
                else {
                    throw LedgerError(
                        .incomplete,
                        "the words of the notice “\(notice.name)” are not in the log; restore them from a copy, then run "
                            + "consent verify")
                }
                let wording = NoticeWording(
                    notice, text: text, of: business, channels: channel.isEmpty ? nil : channel,
                    categories: category.isEmpty ? nil : category)
                return ("\(notice.name) in \(notice.language) (record \(notice.window.from))", wording)
            }
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

/// Reading texts.
extension NoticeCommand {
    private static let mostTextBytes = 1 << 20

    /// The text in the file at `path`.
    static func text(at path: String) throws(CommandError) -> [UInt8] {
        try checked(FileInput.bytes(of: path, most: mostTextBytes))
    }

    static func checked(_ text: [UInt8]) throws(CommandError) -> [UInt8] {
        guard !text.isEmpty, String(validating: text, as: UTF8.self) != nil else {
            throw CommandError(.badInput, "the notice's text is empty or not UTF-8; save it as UTF-8 text")
        }
        return text
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
}
