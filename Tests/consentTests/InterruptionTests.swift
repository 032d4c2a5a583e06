import Foundation
import Testing

/// What an interruption leaves of what is told of people: nothing under a name that nobody is told of.
@Suite struct InterruptionTests {
    /// Waits at a descriptor that gives no passphrase, with the output begun; then the signal comes.
    @Test(
        arguments: ["evidence \(PersonWorld.ana) -o ana.zip", "subject-access \(PersonWorld.ana) -o ana"],
        [("TERM", 143), ("INT", 130), ("HUP", 129)])
    func nothingIsLeftUnderAnUnfinishedName(_ command: String, _ signal: (name: String, status: Int)) throws {
        let world = try PersonWorld.withStory()
        try world.place.succeed(["key", "protect", "--all", "--passphrase-command", "echo sésamo"])
        let outcome = try world.place.shell(
            """
            mkfifo gate; exec 3<>gate
            env --default-signal=INT consent \(command) --passphrase-fd 3 & reader=$!
            until ls -d *.unfinished 2> ls.txt; do kill -0 $reader || break; done
            kill -\(signal.name) $reader; wait $reader; echo status $?; ls -A
            """)
        let (before, after) = outcome.output.split(at: "status ")
        #expect(before.contains(".unfinished"), "\(outcome.output)")
        #expect(after.hasPrefix("\(signal.status)\n"), "\(outcome.output)")
        #expect(!after.contains("unfinished") && !after.contains("\nana"), "\(outcome.output)")
        try world.place.succeed(["verify"])
    }

    /// Who began a program so that a signal does not end it has that still.
    @Test func whatIsIgnoredStaysIgnored() throws {
        let world = try PersonWorld.withStory()
        try world.place.succeed(["key", "protect", "--all", "--passphrase-command", "echo sésamo"])
        let outcome = try world.place.shell(
            """
            mkfifo gate; exec 3<>gate
            nohup consent subject-access \(PersonWorld.ana) -o ana --passphrase-fd 3 & reader=$!
            until ls -d *.unfinished 2> ls.txt; do kill -0 $reader || break; done
            kill -HUP $reader; echo sésamo >&3; wait $reader; echo status $?; ls -A ana
            """)
        #expect(outcome.output.contains("status 0\n"), "\(outcome.output)")
        #expect(outcome.output.contains("subject-access.json"), "\(outcome.output)")
    }

    private static let hasWeasyPrint =
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/weasyprint") }

    @Test(.enabled(if: hasWeasyPrint, "skipped: WeasyPrint is not installed"))
    func aPageIsPrintedForTheUserAlone() throws {
        let world = try PersonWorld.withStory()
        let outcome = try world.place.shell("umask 0; consent evidence \(PersonWorld.ana) -o ana.zip; echo status $?")
        #expect(outcome.output.contains("Printed ana.pdf.") && outcome.output.contains("status 0"), "\(outcome)")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: world.place.path("ana.pdf")))
        #expect(bytes.starts(with: Data("%PDF-".utf8)) && bytes.range(of: Data("%%EOF".utf8)) != nil)
        let mode = try FileManager.default.attributesOfItem(atPath: world.place.path("ana.pdf"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(try world.place.shell("ls -A").output.contains("unfinished") == false)
    }

    /// A printer that hangs, with a part of the page printed: nobody else can read that, and it goes with the program. Often,
    /// since the signal's handler and what waits for the printer are two threads, of which neither may outrun the other.
    @Test func aPrinterThatIsWaitedForEndsWithTheProgram() throws {
        let world = try PersonWorld.withStory()
        try world.place.write(
            "#!/bin/sh\ncat > /dev/null\nprintf %%PDF-part\necho $$ > printer\nexec tail -f /dev/null\n",
            to: "weasyprint")
        let outcome = try world.place.shell(
            """
            chmod +x weasyprint; umask 0
            for time in {1..50}; do
                rm -f printer ana.zip
                PATH=$PWD:$PATH consent evidence \(PersonWorld.ana) -o ana.zip & maker=$!
                until test -s printer; do kill -0 $maker || break; done
                stat -c 'mode %a' ana.pdf*
                kill -TERM $maker; wait $maker; echo status $?
                kill -0 $(cat printer) && echo it runs on
                ls -A
            done
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count { $0 == "mode 600" } == 50, "\(outcome.output)")
        #expect(lines.count { $0 == "status 143" } == 50, "\(outcome.output)")
        for wrong in ["it runs on", "ana.pdf", "No PDF"] {
            #expect(!outcome.output.contains(wrong), "\(outcome.output)")
        }
    }

    @Test func aPrinterThatFailsLeavesNothing() throws {
        let world = try PersonWorld.withStory()
        try world.place.write("#!/bin/sh\ncat > /dev/null\nprintf %%PDF-part\nexit 1\n", to: "weasyprint")
        let outcome = try world.place.shell(
            "chmod +x weasyprint; PATH=$PWD:$PATH consent evidence \(PersonWorld.ana) -o ana.zip; echo status $?; ls -A"
        )
        #expect(outcome.output.contains("No PDF: WeasyPrint failed"), "\(outcome.output)")
        #expect(outcome.output.contains("status 0\n") && !outcome.output.contains("ana.pdf"), "\(outcome.output)")
    }
}

extension String {
    /// What is before and after the last place where `mark` is.
    fileprivate func split(at mark: String) -> (before: String, after: String) {
        guard let range = range(of: mark, options: .backwards) else { return (self, "") }
        return (String(self[..<range.lowerBound]), String(self[range.upperBound...]))
    }
}
