internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird
internal import LedgerCrypto

/// What the ledger says of itself: sources with their windows, and notices with what the rules say of them.
enum ConsoleCatalogRoutes {
    private static let everyone = Set(Role.allCases)

    static let routes = [
        ConsoleRoutes.page("/sources", "sources", everyone, sources),
        ConsoleRoutes.page("/notices", "notices", everyone, notices),
        ConsoleRoutes.page("/notices/try", "try-page", everyone) { visit in
            try await tryPage(visit, Asked(channels: Vocabulary.channel.words))
        },
        ConsoleRoutes.form("/notices/try", "try", everyone, judge),
    ]

    // MARK: Sources

    private static func sources(_ visit: ConsoleVisit) async throws -> Response {
        let (access, frame) = (try visit.exchange.access, visit.frame)
        return frame.respond(
            try await visit.ledger.read { snapshot in
                let keys = snapshot.catalog.sources.values.sorted { $0.id < $1.id }.flatMap { source in
                    source.keys.filter { $0.businesses?.allSatisfy(access.opens) ?? true }.map { (source.id, $0) }
                }
                return frame.html("sources", "sources", ["sources": keys.map { view($0, $1, frame) }])
            })
    }

    private static func view(
        _ id: String, _ key: Catalog.SourceKey, _ frame: ConsoleFrame
    ) -> ConsoleTemplates.Values {
        let from: [EvidencePage.Piece] = [.value("\(key.window.from)")]
        let compromise: [ConsoleTemplates.Values] =
            key.compromise.map { compromise in
                let words = frame.pieces(
                    "compromised", [.value(FieldText.pageText(of: compromise.since))], [.value("\(compromise.index)")])
                return [["pieces": ConsoleFrame.view(words)]]
            } ?? []
        return [
            "id": id, "style": key.window.until == nil ? "yes" : "no",
            "state": frame.text(key.window.until == nil ? "in-force" : "ended"),
            "pieces": ConsoleFrame.view(
                key.window.until.map { frame.pieces("window-ended", from, [.value("\($0)")]) }
                    ?? frame.pieces("window-open", from)),
            "compromise": compromise,
            "names": key.businesses?.joined(separator: ", ") ?? frame.text("all-businesses"),
            "custody": frame.texts.word("custody", key.custody),
            "key": Hexadecimal.encode(key.publicKey.keyIdentifier),
        ]
    }

    // MARK: Notices

    /// How many notices of a business the page has, the last ones.
    private static let mostNotices = 200

    private static func notices(_ visit: ConsoleVisit) async throws -> Response {
        let (access, frame) = (try visit.exchange.access, visit.frame)
        let now = visit.server.clock.now()
        return frame.respond(
            try await visit.ledger.read { snapshot in
                let businesses = snapshot.catalog.businesses.values.filter { access.opens($0.id) }.sorted {
                    $0.window.from < $1.window.from
                }
                let groups = try businesses.map { business -> ConsoleTemplates.Values in
                    let packs = try snapshot.packs(business: business.id).inForce(
                        for: business.id, at: max(now, snapshot.lastRecordedAt))
                    let shown = business.notices.suffix(mostNotices).reversed()
                    return [
                        "business": business.name, "hasNotices": !shown.isEmpty,
                        "notices": try shown.map { try view($0, of: business, packs, snapshot, frame) },
                    ]
                }
                return frame.html("notices", "notices", ["groups": groups])
            })
    }

    private static func view(
        _ notice: Catalog.Notice, of business: Catalog.Business, _ packs: [AdoptedPack], _ snapshot: LedgerSnapshot,
        _ frame: ConsoleFrame
    ) throws -> ConsoleTemplates.Values {
        let text = try snapshot.object(notice.textDigest)
        let problems =
            text.map {
                NoticeLint.problems(
                    of: NoticeWording(notice, text: $0, of: business), packs: packs,
                    shownAt: notice.shown?.from ?? notice.recordedAt)
            } ?? []
        var facts = [
            frame.fact("notice-language", notice.language),
            frame.fact(
                "channels", [.words(notice.channels.map { frame.texts.word("channel", $0) }.joined(separator: ", "))]),
            frame.fact("categories", notice.categories.joined(separator: ", ")),
        ]
        if let brand = notice.brand { facts.append(frame.fact("brand", business.brands[brand]?.name ?? brand)) }
        facts.append(frame.fact("notice-since", FieldText.pageText(of: notice.recordedAt)))
        if let shown = notice.shown {
            facts.append(
                frame.fact(
                    "notice-shown",
                    frame.pieces(
                        "from-to", [.value(FieldText.pageText(of: shown.from))],
                        [.value(shown.until.map { FieldText.pageText(of: $0) } ?? "…")])))
        }
        if let until = notice.window.until { facts.append(frame.fact("notice-retired", "\(until)")) }
        facts.append(frame.fact("digest", Hexadecimal.encode(notice.textDigest)))
        return [
            "name": notice.name, "facts": facts, "hasText": text != nil, "noticeLanguage": notice.language,
            "wordsHTML": text.map { ConsoleTemplates.escapedLines(String(decoding: $0, as: UTF8.self)) } ?? "",
        ].merging(text == nil ? missingText(frame) : view(problems, frame)) { $1 }
    }

    /// A notice whose words are not there cannot be judged, and is not called good.
    private static func missingText(_ frame: ConsoleFrame) -> ConsoleTemplates.Values {
        [
            "state": frame.text("not-judged"), "style": "no", "hasProblems": true,
            "problems": [
                [
                    "severity": frame.text("severity-error"), "subject": frame.text("words-missing"), "sentence": "",
                ] as ConsoleTemplates.Values
            ],
        ]
    }

    private static func view(_ problems: [NoticeProblem], _ frame: ConsoleFrame) -> ConsoleTemplates.Values {
        let isDefective = problems.contains(where: \.isRequired)
        return [
            "state": frame.text(isDefective ? "defective" : "usable"), "style": isDefective ? "no" : "yes",
            "hasProblems": !problems.isEmpty,
            "problems": problems.map { problem -> ConsoleTemplates.Values in
                var values: ConsoleTemplates.Values = [
                    "severity": frame.text(problem.isRequired ? "severity-error" : "severity-advice"),
                    "subject": frame.text("subject-" + problem.subject.rawValue), "sentence": problem.description,
                ]
                if let pack = problem.pack, let rule = problem.rule { values["rule"] = "\(pack.id): \(rule.id)" }
                return values
            },
        ]
    }

    // MARK: Trying words

    /// What somebody wants to have judged.
    private struct Asked: Sendable {
        var business: String?
        var language = ""
        var channels: [String]
        var text = ""
    }

    private static func tryPage(
        _ visit: ConsoleVisit, _ asked: Asked, judged: [NoticeProblem]? = nil, fault: ConsoleTemplates.Fault? = nil
    ) async throws -> Response {
        let (access, frame) = (try visit.exchange.access, visit.frame)
        let html = try await visit.ledger.read { snapshot in
            var values: ConsoleTemplates.Values = [
                "businesses": ConsolePersonRoutes.choices(access, snapshot, chosen: asked.business),
                "asked": asked.language, "typedHTML": ConsoleTemplates.escapedLines(asked.text),
                "channels": Vocabulary.channel.words.map { channel -> ConsoleTemplates.Values in
                    [
                        "id": channel, "name": frame.texts.word("channel", channel),
                        "isChosen": asked.channels.contains(channel),
                    ]
                },
            ]
            if let judged { values["judged"] = [view(judged, frame)] }
            if let fault { values["fault"] = frame.fault(fault.name, detail: fault.detail) }
            return frame.html("try", "try-title", values)
        }
        return frame.respond(html, status: fault == nil ? .ok : .unprocessableContent)
    }

    private static func judge(_ visit: ConsoleVisit, _ form: FormFields) async throws -> Response {
        let access = try visit.exchange.access
        let asked = Asked(
            business: form["business"], language: form["language"] ?? "",
            channels: form.fields.filter { $0.name == "channel" }.map(\.value).filter(Vocabulary.channel.contains),
            text: form["text"] ?? "")
        guard !asked.channels.isEmpty else {
            return try await tryPage(visit, asked, fault: ConsoleTemplates.Fault(name: "try-no-channel"))
        }
        guard asked.language.contains(where: \.isLetter), !asked.text.isEmpty else {
            return try await tryPage(visit, asked, fault: ConsoleTemplates.Fault(name: "try-no-text"))
        }
        let problems = try await visit.ledger.read { [clock = visit.server.clock] snapshot in
            let business = try access.business(asked.business, in: snapshot.catalog)
            let now = max(clock.now(), snapshot.lastRecordedAt)
            let packs = try snapshot.packs(business: business.id).inForce(for: business.id, at: now)
            let wording = NoticeWording(
                text: asked.text, language: asked.language, channels: asked.channels, categories: ["marketing"],
                of: business)
            return NoticeLint.problems(of: wording, packs: packs, shownAt: now)
        }
        return try await tryPage(visit, asked, judged: problems)
    }
}
