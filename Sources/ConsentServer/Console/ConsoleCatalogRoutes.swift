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
        ConsoleRoutes.page("/notices/{business}/{page}", "notices-of-business", everyone, noticesOfBusiness),
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
                let keys = access.sourceKeys(in: snapshot.catalog)
                return frame.html("sources", "sources", ["sources": keys.map { view($0.source, $0.key, frame) }])
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

    /// How many notices of a business a page has.
    static let mostNotices = 50

    /// The last notices of every business that the token opens.
    private static func notices(_ visit: ConsoleVisit) async throws -> Response {
        let (access, frame) = (try visit.exchange.access, visit.frame)
        let now = visit.server.clock.now()
        return frame.respond(
            try await visit.ledger.read { snapshot in
                let businesses = snapshot.catalog.businesses.values.filter { access.opens($0.id) }.sorted {
                    $0.window.from < $1.window.from
                }
                let groups = try businesses.map { try group($0, page: 1, snapshot, frame, now: now) }
                return frame.html("notices", "notices", ["groups": groups])
            })
    }

    /// A page of the notices of one business, the last ones on page 1.
    private static func noticesOfBusiness(_ visit: ConsoleVisit) async throws -> Response {
        let (access, exchange, frame) = (try visit.exchange.access, visit.exchange, visit.frame)
        let now = visit.server.clock.now()
        return frame.respond(
            try await visit.ledger.read { snapshot in
                let business = try access.business(exchange.parameters["business"], in: snapshot.catalog)
                guard let page = Int(exchange.parameters["page"] ?? ""), 1...pageCount(of: business) ~= page else {
                    throw ServerError(.notFound, "the notices of “\(business.id)” have no such page")
                }
                return frame.html(
                    "notices", "notices", ["groups": [try group(business, page: page, snapshot, frame, now: now)]])
            })
    }

    private static func pageCount(of business: Catalog.Business) -> Int {
        max(1, (business.notices.count + mostNotices - 1) / mostNotices)
    }

    /// One page of a business's notices, with the way to those that are not on it.
    private static func group(
        _ business: Catalog.Business, page: Int, _ snapshot: LedgerSnapshot, _ frame: ConsoleFrame, now: Timestamp
    ) throws -> ConsoleTemplates.Values {
        let packs = try snapshot.packs(business: business.id).inForce(
            for: business.id, at: max(now, snapshot.lastRecordedAt))
        let first = (page - 1) * mostNotices
        let shown = business.notices.reversed().dropFirst(first).prefix(mostNotices)
        var part: [ConsoleTemplates.Values] = []
        if pageCount(of: business) > 1 {
            let words = frame.pieces(
                "notices-part", [.value("\(first + 1)")], [.value("\(first + shown.count)")],
                [.value("\(business.notices.count)")])
            part.append(["pieces": ConsoleFrame.view(words)])
        }
        let others = [(page + 1, "notices-earlier"), (page - 1, "notices-later")].filter {
            1...pageCount(of: business) ~= $0.0
        }
        return [
            "business": business.name, "hasNotices": !shown.isEmpty, "part": part,
            "notices": try shown.map { try view($0, of: business, packs, snapshot, frame) },
            "others": others.map { number, name -> ConsoleTemplates.Values in
                [
                    "href": "/console/notices/\(business.id)/\(number)",
                    "pieces": ConsoleFrame.view(frame.pieces(name, [.value(business.name)])),
                ]
            },
        ]
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
        var values: ConsoleTemplates.Values = [
            "name": notice.name, "facts": facts, "hasText": text != nil, "noticeLanguage": notice.language,
            "wordsHTML": text.map { ConsoleTemplates.escapedLines(String(decoding: $0, as: UTF8.self)) } ?? "",
        ].merging(text == nil ? missingText(frame) : view(problems, frame)) { $1 }
        // However good its words are, nobody is to be shown them any more.
        if notice.window.until != nil {
            values["state"] = frame.text("retired")
            values["style"] = "no"
        }
        return values
    }

    /// A notice whose words are not there cannot be judged, and is not called good.
    private static func missingText(_ frame: ConsoleFrame) -> ConsoleTemplates.Values {
        [
            "state": frame.text("not-judged"), "style": "no", "hasProblems": true,
            "problems": [
                [
                    "severity": frame.text("severity-error"), "subject": frame.text("words-missing"),
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
                    "subject": frame.text("subject-" + problem.subject.rawValue),
                    "isSaid": true, "pieces": ConsoleFrame.view(sentence(of: problem, frame)),
                ]
                if let pack = problem.pack, let rule = problem.rule { values["rule"] = "\(pack.id): \(rule.id)" }
                return values
            },
        ]
    }

    /// What the words lack, and what to do about it.
    private static func sentence(of problem: NoticeProblem, _ frame: ConsoleFrame) -> [EvidencePage.Piece] {
        let subject: [EvidencePage.Piece] = [.words(frame.text("subject-" + problem.subject.rawValue))]
        func quoted(_ texts: [String], _ name: String) -> [EvidencePage.Piece] {
            let separator: [EvidencePage.Piece] = [.words(frame.text(name))]
            let pieces: [[EvidencePage.Piece]] = texts.map { [.words("“"), .value($0), .words("”")] }
            return Array(pieces.joined(separator: separator))
        }
        switch problem.lack {
        case .names(let names): return frame.pieces("lack-names", quoted(names, "or"))
        case .channel(let channel):
            return frame.pieces("lack-channel", [.words(frame.texts.word("channel", channel))])
        case .wordsOfRule(let language):
            return frame.pieces("lack-words-of-rule", quoted([language], "comma"), subject)
        case .words(let words): return frame.pieces("lack-words", subject, quoted(words, "comma"))
        }
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
                "channels": Vocabulary.channel.words.enumerated().map { position, channel -> ConsoleTemplates.Values in
                    [
                        "id": channel, "name": frame.texts.word("channel", channel),
                        "isChosen": asked.channels.contains(channel), "isFirst": position == 0,
                    ]
                },
            ]
            if let judged { values["judged"] = [view(judged, frame)] }
            if let fault { values["fault"] = frame.fault(fault) }
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
        // In the order of the fields.
        for (field, isWrong) in [
            ("language", !asked.language.contains(where: \.isLetter)), ("channel", asked.channels.isEmpty),
            ("text", !asked.text.contains { !$0.isWhitespace }),
        ] where isWrong {
            return try await tryPage(
                visit, asked, fault: ConsoleTemplates.Fault(name: "try-no-" + field, field: field))
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
