using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Commands;

/// <summary>Turns arguments into a request. Verbs win over interfaces of the same name, which go behind <c>--</c>.</summary>
internal static class CommandLine
{
    // As of watch(1).
    private const int WatchSeconds = 2;

    private static readonly Argument<string?> _interface = new("IFACE") { Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string?> _delay = new("DELAY") { Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string?> _verbInterface = new("IFACE") { Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> _dryRun = Everywhere("--dry-run");
    private static readonly Option<bool> _event = Everywhere("--event");
    private static readonly Option<bool> _foreground = Everywhere("--foreground");
    private static readonly Option<bool> _verbose = Everywhere("--verbose");
    private static readonly Option<bool> _help = Everywhere("--help", "-h", "-?");
    private static readonly Option<bool> _version = Everywhere("--version");
    private static readonly Option<string?> _config =
        new("--config") { Recursive = true, Arity = ArgumentArity.ExactlyOne };
    private static readonly Option<bool> _unfinished = new("--unfinished") { Arity = ArgumentArity.Zero };
    private static readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero };
    private static readonly Option<bool> _prometheus = new("--prometheus") { Arity = ArgumentArity.Zero };
    private static readonly Option<bool> _watch = new("--watch") { Arity = ArgumentArity.Zero };
    private static readonly Option<bool> _history = new("--history") { Arity = ArgumentArity.Zero };
    private static readonly Option<string?> _output = new("--output") { Arity = ArgumentArity.ExactlyOne };
    private static readonly Command _import = new("import") { _verbInterface };
    private static readonly Option<bool> _repair = new("--repair") { Arity = ArgumentArity.Zero };
    private static readonly Command _scan = new("scan") { _unfinished, _repair };
    private static readonly Command _detach = new("detach") { _verbInterface };
    private static readonly Command _vfUp = new("vfup") { _verbInterface };
    private static readonly Command _vfDown = new("vfdown") { _verbInterface };
    private static readonly Command _vfLeft = new("vfleft") { _verbInterface };
    private static readonly Command _path = new("path") { _verbInterface };
    private static readonly Command _linkUp = new("linkup") { _verbInterface };
    private static readonly Option<bool> _selftest = new("--selftest") { Arity = ArgumentArity.Zero };
    private static readonly Command _doctor = new("doctor") { _json, _selftest };
    private static readonly Command _status = new("status") { _verbInterface, _history, _json, _prometheus, _watch, _output };

    /// <summary>What these arguments ask for.</summary>
    public static Request Parse(string[] arguments)
    {
        string? seconds = TakeSeconds(ref arguments);
        ParseResult parsed = Root().Parse(arguments, new ParserConfiguration
        {
            // "@x" may be an interface's name, and "-vh" is no option.
            ResponseFileTokenReplacer = null,
            EnablePosixBundling = false,
        });
        return Fault(parsed, arguments) is { } fault ? fault : Of(parsed, seconds) with
        {
            DryRun = parsed.GetValue(_dryRun),
            IsEvent = parsed.GetValue(_event),
            Foreground = parsed.GetValue(_foreground),
            Verbose = parsed.GetValue(_verbose),
            Config = parsed.GetValue(_config),
        };
    }

    // The parser would take the interface in "--watch eth0" for the seconds, so it does not learn that there may be some.
    private static string? TakeSeconds(ref string[] arguments)
    {
        const string option = "--watch=";
        int at = Array.FindIndex(arguments, argument => argument == "--" || argument.StartsWith(option, StringComparison.Ordinal));
        if (at < 0 || arguments[at] == "--")
            return null;
        string seconds = arguments[at][option.Length..];
        arguments = [.. arguments[..at], option[..^1], .. arguments[(at + 1)..]];
        return seconds;
    }

    private static RootCommand Root()
    {
        var root = new RootCommand { _interface, _delay, _import, _scan, _detach, _status, _doctor, _vfUp, _vfDown, _vfLeft, _linkUp, _path };
        // Never invoked, but without it "IFACE" alone would be an error: a command that has others is missing one.
        root.SetAction(_ => 0);
        // Theirs print by themselves; ours do not.
        root.Options.Clear();
        root.Directives.Clear();
        foreach (Option option in (Option[])[_dryRun, _event, _foreground, _verbose, _config, _help, _version])
            root.Options.Add(option);
        return root;
    }

    private static Request? Fault(ParseResult parsed, string[] arguments)
    {
        if (parsed.GetValue(_help))
            return new HelpRequest();
        if (parsed.GetValue(_version))
            return new VersionRequest();
        // The parser takes an option that it does not know for an argument, as it must behind "--".
        int end = Array.IndexOf(arguments, "--");
        foreach (Token token in parsed.Tokens)
        {
            if (token.Type == TokenType.Argument && token.Value.StartsWith('-')
                && (end < 0 || Array.IndexOf(arguments, token.Value) < end) && token.Value != parsed.GetValue(_config) && token.Value != parsed.GetValue(_output))
                return IsNumber(token.Value) ? BadDelay(token.Value) : new BadRequest($"unknown option \"{Printable(token.Value)}\"");
        }
        if (parsed.UnmatchedTokens is [var unexpected, ..])
            return new BadRequest($"unexpected argument \"{Printable(unexpected)}\"");
        if (parsed.GetResult(_config) is { Tokens.Count: 0 })
            return new BadRequest("--config needs a file name");
        if (parsed.GetResult(_output) is { Tokens.Count: 0 } || parsed.GetValue(_output) is "")
            return new BadRequest("--output needs a file name");
        if (parsed.Errors is [var error, ..])
            return new BadRequest(error.Message);
        return null;
    }

    private static Request Of(ParseResult parsed, string? seconds)
    {
        Command command = parsed.CommandResult.Command;
        if (command is RootCommand)
            return Attach(parsed.GetValue(_interface), parsed.GetValue(_delay));
        // "eth0 status": both an interface and a verb.
        if (parsed.GetResult(_interface) is { Tokens: [{ } stray, ..] })
            return new BadRequest($"unexpected argument \"{stray.Value}\" before {command.Name}");
        if (command == _scan)
        {
            return parsed.GetValue(_unfinished) && parsed.GetValue(_repair)
                ? new BadRequest("--unfinished and --repair exclude each other")
                : new ScanRequest(parsed.GetValue(_unfinished), parsed.GetValue(_repair));
        }

        if (command == _doctor)
        {
            return parsed.GetValue(_json) && parsed.GetValue(_selftest)
                ? new BadRequest("--json and --selftest exclude each other")
                : new DoctorRequest(parsed.GetValue(_json), parsed.GetValue(_selftest));
        }

        string? name = parsed.GetValue(_verbInterface);
        if (command == _path)
            return name is { Length: 17 } ? new PathRequest(new HardwareAddress(name.ToLowerInvariant())) : new BadRequest("path needs a MAC address");
        if (name is not null && BadName(name) is { } bad)
            return bad;
        if (command == _status)
            return Status(parsed, name, seconds);
        if (name is null)
            return new BadRequest($"{command.Name} needs an interface");
        return command == _import ? new ImportRequest(name)
            : command == _vfUp ? new VfEventRequest(name, IsUp: true)
            : command == _vfDown ? new VfEventRequest(name, IsUp: false)
            : command == _vfLeft ? new VfLeftRequest(name)
            : command == _linkUp ? new LinkUpRequest(name)
            : new DetachRequest(name);
    }

    private static Request Status(ParseResult parsed, string? name, string? seconds)
    {
        bool json = parsed.GetValue(_json), prometheus = parsed.GetValue(_prometheus), watch = parsed.GetValue(_watch), history = parsed.GetValue(_history);
        string? output = parsed.GetValue(_output);
        int interval = WatchSeconds;
        return json && prometheus ? new BadRequest("--json and --prometheus exclude each other")
            : history && prometheus ? new BadRequest("--history and --prometheus exclude each other")
            : watch && (history || json || prometheus || output is not null)
                ? new BadRequest("--watch excludes --history, --json, --prometheus and --output")
            : seconds is not null && !(int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out interval) && interval is >= 1 and <= 3600)
                ? new BadRequest($"--watch={Printable(seconds)}: not a whole number of seconds from 1 to 3600")
            : new StatusRequest(name, json ? StatusFormat.Json : prometheus ? StatusFormat.Prometheus : StatusFormat.Text)
            {
                History = history,
                Watch = watch ? TimeSpan.FromSeconds(interval) : null,
                Output = output,
            };
    }

    private static Request Attach(string? name, string? delay)
    {
        if (name is null)
            return new BadRequest("no interface given");
        if (BadName(name) is { } bad)
            return bad;
        if (delay is null)
            return new AttachRequest(name, null);
        return int.TryParse(delay, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            && seconds <= Settings.LongestDelay.TotalSeconds
            ? new AttachRequest(name, TimeSpan.FromSeconds(seconds)) : BadDelay(delay);
    }

    private static BadRequest? BadName(string name) => InterfaceName.FaultOfAny(name) is { } fault
        ? new BadRequest($"interface name \"{Printable(name)}\" {fault}") : null;

    private static BadRequest BadDelay(string text) =>
        new($"DELAY \"{Printable(text)}\" is not a whole number of seconds from 0 to {Settings.LongestDelay.TotalSeconds}");

    private static bool IsNumber(string token) =>
        double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    // What a person mistyped goes to his terminal.
    private static string Printable(string text)
    {
        var printable = new StringBuilder();
        foreach (char c in text)
            printable.Append(char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString());
        return printable.ToString();
    }

    private static Option<bool> Everywhere(string name, params string[] aliases) =>
        new(name, aliases) { Recursive = true, Arity = ArgumentArity.Zero };
}
