import ConsentLedger
import Testing

@Suite struct CSVReaderTests {
    private func rows(_ bytes: [UInt8], separator: UInt8? = nil, chunk: Int = 65_536) throws -> [CSVReader.Row] {
        var reader = CSVReader(separator: separator)
        var rows: [CSVReader.Row] = []
        var start = 0
        while start < bytes.count {
            rows += try reader.rows(in: Array(bytes[start..<min(start + chunk, bytes.count)]))
            start += chunk
        }
        return rows + (try reader.finish())
    }

    private func fields(_ text: String, chunk: Int = 65_536) throws -> [[String]?] {
        try rows(Array(text.utf8), chunk: chunk).map { row in
            row.fault == nil ? (0..<row.count).map { String(decoding: row[$0], as: UTF8.self) } : nil
        }
    }

    @Test(
        arguments: [
            ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]), ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
            ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]), ("a,b\n\n\r\n1,2", [["a", "b"], ["1", "2"]]),
            ("a;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]), ("a\tb\n1\t2\n", [["a", "b"], ["1", "2"]]),
            ("\"a;x\",\"b;y;z\"\n1,2\n", [["a;x", "b;y;z"], ["1", "2"]]),
            ("a,b\n\"1\n2\",\"3\r\n4\"\n", [["a", "b"], ["1\n2", "3\r\n4"]]),
            ("a,b\n\"say \"\"hi\"\"\",\"\"\n", [["a", "b"], ["say \"hi\"", ""]]), ("a\n\"\"\"\"\n", [["a"], ["\""]]),
            ("a,b\nx\"y\",5\" pipe\n", [["a", "b"], ["x\"y\"", "5\" pipe"]]), ("a,b\n,\n", [["a", "b"], ["", ""]]),
            ("\u{FEFF}a,b\n1,2\n", [["a", "b"], ["1", "2"]]), ("", []), ("\n\r\n", []), ("a", [["a"]]),
            ("\"a\"", [["a"]]),
            ("a,b\n1,2,\n", [["a", "b"], ["1", "2", ""]]),
        ] as [(String, [[String]])])
    func rowsOfEveryKind(_ text: String, _ expected: [[String]]) throws {
        for chunk in [1, 2, 3, 5, 65_536] { #expect(try fields(text, chunk: chunk) == expected) }
    }

    @Test func aStrayQuoteCostsOneLine() throws {
        for chunk in [1, 7, 65_536] {
            let text = "a,b\n\"open,1\nc,d\n\"x\"y,2\ne,f\n\"last,3\n"
            let read = try rows(Array(text.utf8), chunk: chunk)
            #expect(read.map { $0.fault != nil } == [false, true, false, true, false, true])
            #expect(read.map(\.line) == [1, 2, 3, 4, 5, 6])
        }
    }

    @Test func linesAreCountedThroughQuotes() throws {
        let read = try rows(Array("a\n\"1\n2\r\n3\r4\"\nb\n\nc".utf8))
        #expect(read.map(\.line) == [1, 2, 6, 8])
    }

    @Test func whatStandsBeforeAFaultIsRead() throws {
        let many = String(repeating: "x,", count: CSVReader.maximumFieldCount)
        let text = "a,b\n1,2,\"open\n3,\"4\n5\",\"6\"x\n7,\(many)\n8,\"9\n"
        for chunk in [3, 65_536] {
            let read = try rows(Array(text.utf8), chunk: chunk)
            let fields = read.map { row in (0..<row.count).map { String(decoding: row[$0], as: UTF8.self) } }
            #expect(fields[1] == ["1", "2"] && fields[2] == ["3", "4\n5"] && fields[4] == ["8"])
            #expect(fields[3].count == CSVReader.maximumFieldCount + 1)
            #expect(read.map { $0.fault != nil } == [false, true, true, true, true])
            #expect(read.map(\.line) == [1, 2, 3, 5, 6])
        }
    }

    @Test(arguments: [10_000, 2_000_000]) func largeFieldsAreCut(_ chunk: Int) throws {
        // The last character has a byte too many.
        let large = String(repeating: "x", count: CSVReader.maximumFieldByteCount - 1)
        #expect(try fields("a,b\n\(large)y,2\n", chunk: chunk).last == [large + "y", "2"])
        for (written, isCut) in [("\(large)ñ", true), ("\"\(large)ñ\"", true), ("\"\(large)y\"", false)] {
            for ending in ["\n", "\r\n", "\r"] {
                let read = try rows(Array("a,b\(ending)\(written),2\(ending)c,d\(ending)".utf8), chunk: chunk)
                #expect(read.count == 3 && read.allSatisfy { $0.fault == nil } && read[2].count == 2)
                #expect(read[1].isCut(0) == isCut && !read[1].isCut(1) && read[1].count == 2)
                #expect(String(decoding: read[1][0], as: UTF8.self) == large + (isCut ? "" : "y"))
                #expect(String(decoding: read[1][1], as: UTF8.self) == "2")
            }
        }
    }

    @Test(arguments: [10_000, 2_000_000]) func largeRowsAreRefusedAlone(_ chunk: Int) throws {
        let large = String(repeating: "x", count: CSVReader.maximumFieldByteCount)
        let row = Array(repeating: large, count: 17).joined(separator: ",")
        let many = String(repeating: ",", count: CSVReader.maximumFieldCount)
        for bad in [row, many, row + large + large, "\"\(row)\"", "\"" + row] {
            for ending in ["\n", "\r\n", "\r"] {
                let read = try fields("a,b\(ending)\(bad)\(ending)c,d\(ending)", chunk: chunk)
                #expect(read.count == 3 && read[1] == nil && read[2] == ["c", "d"])
            }
        }
    }

    @Test func utf16IsNamed() {
        for bytes in [[0xFF, 0xFE, 0x61, 0x00], [0xFE, 0xFF, 0x00, 0x61]] as [[UInt8]] {
            #expect(throws: ImportError(.encoding, "")) { try rows(bytes) }
        }
    }
}

@Suite struct ImportCSVTests {
    private func options(
        _ mapping: [String] = [], values: [String] = [], status: CSVImport.Status? = nil, dates: String? = nil
    ) throws -> CSVImport.Options {
        var options = CSVImport.Options()
        options.mapping = try mapping.map { try CSVImport.ColumnMapping(parsing: $0) }
        options.values = try values.map { try CSVImport.ValueMeaning(parsing: $0) }
        options.status = status
        options.dateOrder = try dates.map { try ImportTime.DateOrder(parsing: $0) }
        return options
    }

    private func read(_ text: String, _ options: CSVImport.Options) throws -> [ImportItem] {
        try items(CSVImport(options: options), text)
    }

    @Test func everyFieldOfARow() throws {
        let text = """
            Contact,Status,Occurred-At,Channel,Category,Notice,Method,Language,Expires,ID,IP,User-Agent,URL,Note,Sender
            +34600111222,opt-in,2024-03-04T10:15:30Z,whatsapp|sms,offers,web,web-form,es,2026-03-04,r-1,192.0.2.1,\
            Mozilla,https://example.com,"called, agreed",main

            """
        let item = try #require(try read(text, options()).first)
        #expect(item.position == ImportItem.Position(row: 1, line: 2))
        #expect(item.intent == .optIn)
        #expect(item.contact == ImportItem.Contact("+34600111222"))
        #expect(item.occurredAt == ImportTime(milliseconds: 1_709_547_330_000, precision: 1000))
        #expect(item.expires == ImportTime(milliseconds: 1_772_582_400_000, precision: ImportTime.day))
        #expect(item.channels == ["whatsapp", "sms"] && item.categories == ["offers"] && item.senders == ["main"])
        #expect(item.notice == "web" && item.method == "web-form" && item.language == "es" && item.outsideID == "r-1")
        #expect(item.privateFields.map(\.name) == ["ip", "user-agent", "url", "note"])
        #expect(item.privateValue("note") == "called, agreed")
        #expect(item.doubts.isEmpty)
    }

    @Test(arguments: [
        "Phone", "phone_number", "Teléfono", "MÓVIL", "E-mail", "Correo electrónico", "Telefone", "Handynummer",
        "contact",
    ])
    func headersThatAreKnown(_ header: String) throws {
        let item = try read("\(header);Nombre\n600 111 222;Ana\n", options(status: .optOut)).first
        #expect(item?.contact?.text == "600 111 222" && item?.intent == .optOut)
    }

    @Test func mappedColumnsAndStatuses() throws {
        let text =
            "Kunde,opt_in_sms,opt_in_mail,Rest\n+4915112345678,ja,nein,x\n+4915112345679,,JA,x\n+4915112345670,?,ja,x\n"
        let read = try read(
            text,
            options(
                ["Kunde=contact", "opt_in_sms=status:sms", "opt-in-mail=status:email", "Rest=id"],
                values: ["ja=opt-in", "nein=opt-out"]))
        #expect(read.map(\.position.item) == [1, 2, 1, 2, 1, 2])
        #expect(read.map(\.channels) == [["sms"], ["email"], ["sms"], ["email"], ["sms"], ["email"]])
        #expect(read[0].intent == .optIn && read[1].intent == .optOut && read[2].isNothing && read[3].intent == .optIn)
        #expect(read[4].rejection == ImportError(.unknownValue, "") && read[5].intent == .optIn)
        #expect(read.map(\.outsideID) == ["x#sms", "x#email", "x#sms", "x#email", "x#sms", "x#email"])
    }

    @Test(arguments: ["yes", "no", "1", "0", "true", "", "maybe", "sí"])
    func aValueNobodyExplainedIsRejected(_ value: String) throws {
        let item = try #require(try read("phone,status\n+34600111222,\(value)\n", options()).first)
        #expect(item.rejection?.field == "status")
    }

    @Test func valuesHoldInAnyCase() throws {
        let options = try options(values: ["Sí=opt-in", "NO=opt-out", "=none", "✓=opt-in"])
        let read = try read("phone,status\n+34600111222,si\n+34600111222,No\n+34600111222,\n+34600111222,✓\n", options)
        #expect(read[0].intent == .optIn && read[1].intent == .optOut && read[2].isNothing && read[3].intent == .optIn)
    }

    @Test(
        arguments: [
            ("2024-03-04T10:15:30Z", nil, 1_709_547_330_000, 1000),
            ("2024-03-04T10:15:30.25+01:00", nil, 1_709_543_730_250, 10),
            ("2024-03-04 10:15:30", nil, 1_709_510_400_000, 86_400_000),
            ("2024-03-04", nil, 1_709_510_400_000, 86_400_000),
            ("25/12/2024", nil, 1_735_084_800_000, 86_400_000), ("12/25/2024", nil, 1_735_084_800_000, 86_400_000),
            ("03/04/2024", "DD/MM/YYYY", 1_712_102_400_000, 86_400_000),
            ("03/04/2024", "mdy", 1_709_510_400_000, 86_400_000),
            ("4.3.2024 10:15 PM UTC", "dmy", 1_709_590_500_000, 60_000), ("1709547330", nil, 1_709_547_330_000, 1000),
            ("1709547330123", nil, 1_709_547_330_123, 1), ("03/03/2024", nil, 1_709_424_000_000, 86_400_000),
            ("2024/03/04 10:15 +0100", nil, 1_709_543_700_000, 60_000), ("1970-01-01", nil, 0, 86_400_000),
            ("2000-02-29T23:59:60Z", nil, 951_868_799_000, 1000), ("9999-12-31", nil, 253_402_214_400_000, 86_400_000),
            ("2024-03-04T10:15:30.123456789Z", nil, 1_709_547_330_123, 1),
            ("2024-03-04t10:15z", nil, 1_709_547_300_000, 60_000),
        ] as [(String, String?, Int64, Int64)])
    func times(_ text: String, _ format: String?, _ milliseconds: Int64, _ precision: Int64) throws {
        let time = try ImportTime(parsing: text, order: format.map { try ImportTime.DateOrder(parsing: $0) })
        #expect(time == ImportTime(milliseconds: milliseconds, precision: precision))
    }

    @Test(arguments: [
        "03/04/2024", "3-4-24", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "1969-12-31", "hello", "2024",
        "2024-03", "2024-03-04T", "2024-03-04T25:00Z", "2024-03-04T10:60Z", "2024-03-04T10:15:30+25:00", "20240304",
        "2024-03-04T10:15:30Zx", "2024-03-04T10:15:30 PST", "2024-03/04", "99999999999999999999", "12:30",
        "2024-03-04T13:00 PM",
        "-1", "2024-03-04T10:15:30.Z", "2024-03-04T10:15:30+1:00",
    ])
    func badTimes(_ text: String) { #expect(throws: ImportError(.time, "")) { try ImportTime(parsing: text) } }

    @Test(arguments: ["45355", "45355.427", "1,71E+09", "1.71E+12", "########"])
    func timesThatASpreadsheetRuined(_ text: String) {
        #expect(throws: ImportError(.spreadsheetDamage, "")) { try ImportTime(parsing: text) }
    }

    @Test(arguments: ["", "dm", "dmyd", "xyz", "MM-YYYY-DD", "DD/MM/YYYY HH"])
    func badDateFormats(_ text: String) {
        #expect(throws: ImportError(.usage, "")) { try ImportTime.DateOrder(parsing: text) }
    }

    @Test func aDoubtfulDateEndsAnOptInAndOnlyMarksAnOptOut() throws {
        let text = "phone,status,date\n+34600111222,opt-in,03/04/2024\n+34600111222,opt-out,03/04/2024\n"
        let read = try read(text, options())
        #expect(read[0].rejection?.description.contains("--date-format") == true)
        #expect(
            read[1].intent == .optOut && read[1].occurredAt == nil && read[1].doubts.map(\.field) == ["occurred-at"])
    }

    @Test func encodings() throws {
        var options = try options(status: .optOut)
        let latin = Array("phone,note\n+34600111222,Jos".utf8) + [0xE9, 0x80] + Array("\n+34600111333,ok\n".utf8)
        let doubtful = try items(CSVImport(options: options), latin)
        #expect(doubtful.count == 2 && doubtful[0].intent == .optOut)
        #expect(doubtful[0].doubts == [ImportError(.encoding, "")] && doubtful[0].privateFields.isEmpty)
        options.status = .optIn
        #expect(try items(CSVImport(options: options), latin).map(\.rejection) == [ImportError(.encoding, ""), nil])
        options.encoding = .windows1252
        #expect(try items(CSVImport(options: options), latin)[0].privateValue("note") == "José€")
        options.encoding = .latin1
        #expect(try items(CSVImport(options: options), latin)[0].privateValue("note") == "José\u{80}")
        options.encoding = .windows1252
        #expect(try items(CSVImport(options: options), Array("phone,note\n1,".utf8) + [0x81])[0].rejection != nil)
    }

    @Test func badRowsStopNothing() throws {
        let text =
            "phone,name,status\n+34600111222,a,opt-in\n,b,opt-in\n+1,b,c,d,opt-in\n\"x,y\n+34600111333\n+34600111444,z,opt-out,,\n"
        let read = try read(text, options())
        #expect(read.map(\.position.line) == [2, 3, 4, 5, 6, 7])
        #expect(read.map(\.position.row) == [1, 2, 3, 4, 5, 6])
        #expect(read.map { $0.rejection?.code } == [nil, .missing, .malformed, .malformed, .missing, nil])
    }

    /// Of a broken row an opt-out is taken, without what cannot be relied on; an opt-in is not.
    @Test func anOptOutIsReadFromABrokenRow() throws {
        let header = "phone,status,channel,category,date,id,note\n"
        func item(_ row: String) throws -> ImportItem {
            let read = try read(header + row + "\n", options())
            return try #require(read.first)
        }
        let shifted = try item("+34600111222,opt-out,sms,offers,2024-03-04,r-1,left, by phone")
        #expect(shifted.intent == .optOut && shifted.contact?.text == "+34600111222")
        #expect(shifted.channels == nil && shifted.categories == nil && shifted.occurredAt == nil)
        #expect(shifted.outsideID == nil && shifted.privateFields.isEmpty)
        #expect(Set(shifted.doubts.map(\.field)) == [nil, "channel", "category", "occurred-at"])
        let afterQuote = try item(#"+34600111222,opt-out,sms,"offers"x,2024-03-04,r-1,left"#)
        #expect(afterQuote.intent == .optOut && afterQuote.channels == ["sms"] && afterQuote.categories == nil)
        #expect(Set(afterQuote.doubts.map(\.field)) == [nil, "category", "occurred-at"])
        let open = try item(#"+34600111222,opt-out,sms,offers,2024-03-04,r-1,"left by phone"#)
        #expect(open.intent == .optOut && open.categories == ["offers"] && open.outsideID == "r-1")
        #expect(open.doubts.map(\.code) == [.malformed] && open.privateFields.isEmpty)
        let large = try item("+34600111222,opt-out,sms,offers,2024-03-04,r-1,\(String(repeating: "ñ", count: 35_000))")
        #expect(large.intent == .optOut && large.doubts.map(\.field) == ["note"])
        #expect(large.privateValue("note") == String(repeating: "ñ", count: 32_767))
        for row in [
            "+34600111222,opt-in,sms,offers,2024-03-04,r-1,left, by phone",
            #"+34600111222,opt-in,sms,"offers"x,2024-03-04,r-1,left"#,
            "+34600111222,opt-in,sms,offers,2024-03-04,r-1,\(String(repeating: "ñ", count: 35_000))",
            #""+34600111222"x,opt-out,sms,offers,2024-03-04,r-1,left"#,
            #"+34600111222,"opt-out"x,sms,offers,2024-03-04,r-1,left"#,
            "\(String(repeating: "6", count: 70_000)),opt-out,sms,offers,2024-03-04,r-1,left",
            "+34600111222,\(String(repeating: "x", count: 70_000)),sms,offers,2024-03-04,r-1,left",
        ] {
            #expect(try item(row).rejection != nil)
        }
    }

    /// Of which channel a status is cannot be told where a separator is too many.
    @Test func aStatusOfAChannelInAShiftedRow() throws {
        let read = try read(
            "phone,sms,mail\n+34600111222,no,yes,no\n+34600111333,yes,yes,\"x\",x\n",
            options(["sms=status:sms", "mail=status:email"], values: ["yes=opt-in", "no=opt-out"]))
        #expect(read.map(\.position.row) == [1, 2])
        #expect(
            read[0].intent == .optOut && read[0].channels == nil && read[0].doubts.contains { $0.field == "channel" })
        #expect(read[1].rejection?.code == .malformed)
    }

    @Test func fewerFieldsAreEmptyOnes() throws {
        let item = try read("phone,note,date\n+34600111222\n", options(status: .optOut)).first
        #expect(item?.intent == .optOut && item?.occurredAt == nil && item?.doubts.isEmpty == true)
    }

    @Test(
        arguments: [
            ("name,status\nAna,opt-in\n", []), ("phone,email,status\n1,2,opt-in\n", []), ("phone,name\n1,2\n", []),
            ("phone,phone,status\n1,2,opt-in\n", ["phone=contact"]), ("phone,status\n1,opt-in\n", ["Movil=contact"]),
            ("phone,status\n1,opt-in\n", ["phone=contact", "phone=id"]), ("", []), ("\n\n", []),
            ("phone,a,b\n1,2,3\n", ["a=status:sms", "b=status:sms"]), ("phone,wa_id,status\n1,2,opt-in\n", []),
            ("\"phone,status\n", []),
        ] as [(String, [String])])
    func filesThatCannotBeUnderstood(_ text: String, _ mapping: [String]) throws {
        let options = try options(mapping)
        #expect(throws: ImportError.self) { try read(text, options) }
    }

    @Test func noErrorShowsAnAddress() throws {
        let rows = "+34600111222,ana@example.com\n"
        for options in [try options(status: .optIn), try options(["phone=contact"], status: .optIn)] {
            let error = #expect(throws: ImportError.self) { try read(rows, options) }
            #expect(error?.description.contains("600111222") == false && error?.description.contains("ana@") == false)
        }
        let item = try read("phone,name\n1,ana@example.com\n2,maybe\n", options(["name=status"]))
        #expect(item[0].rejection?.description.contains("ana") == false)
        #expect(item[1].rejection?.description.contains("\"maybe\"") == true)
    }

    @Test func aColumnMayBeIgnored() throws {
        let item = try read("phone,email,status\n1,2,opt-in\n", options(["email=ignore"])).first
        #expect(item?.contact?.text == "1")
    }

    @Test func contradictingOptionsAreRefused() throws {
        for mapping in ["x", "=contact", "a=phone", "a=status:", "a="] {
            #expect(throws: ImportError(.usage, "")) { try CSVImport.ColumnMapping(parsing: mapping) }
        }
        for value in ["yes", "yes=maybe", "opt-in"] {
            #expect(throws: ImportError(.usage, "")) { try CSVImport.ValueMeaning(parsing: value) }
        }
        var bad = try options(["a=status"])
        bad.status = .optIn
        #expect(throws: ImportError(.usage, "")) { try CSVImport(options: bad) }
    }

    /// Rows that say who left must not all become opt-ins because the user says so of the file.
    @Test func asIsRefusedWhereAColumnSaysIt() throws {
        let file = "phone,status\n+34600111222,opt-out\n"
        #expect(throws: ImportError(.usage, "")) { try read(file, options(status: .optIn)) }
        #expect(try read(file, options(["status=ignore"], status: .optOut)).first?.intent == .optOut)
    }

    @Test func everyRowOfManyChunksIsThere() throws {
        let row = Array("+34600111222,opt-in,2024-03-04,\"a note, quoted\"\n".utf8)
        let chunk = Array(repeatElement(row, count: 1_000).joined())
        var parser = try CSVImport(options: options())
        var count = try parser.items(in: Array("phone,status,date,note\n".utf8)).count
        for _ in 0..<20 { count += try parser.items(in: chunk).count }
        #expect(try count + parser.finish().count == 20_000)
    }
}
