using System.Diagnostics;
using System.Globalization;
using HypervVfattach.Machines;

namespace HypervVfattach.Try;

/// <summary>Output for the person in front of the screen.</summary>
internal sealed class Show : IDisposable
{
    // After a longer pause a person thinks that nothing happens.
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(15);

    // The test bed adds context after this mark to messages.
    private const string ContextMark = "\n---";

    private const string Indent = "           ";

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Timer _timer;
    private (string Text, TimeSpan Since) _step = ("", TimeSpan.Zero);

    public Show() => _timer = new Timer(_ => Write($"... {(int)(_clock.Elapsed - _step.Since).TotalSeconds} s: {_step.Text}"));

    /// <summary>Whether a check failed.</summary>
    public bool Failed { get; private set; }

    /// <summary>Prints a line with the seconds since the start.</summary>
    public void Step(string text)
    {
        _step = (text, _clock.Elapsed);
        _timer.Change(s_quiet, s_quiet);
        Write(text);
    }

    /// <summary>Prints a picture of the pair.</summary>
    public static void Picture(string picture) => Block(picture);

    /// <summary>Runs commands in the guest and prints their output.</summary>
    public static async Task GuestAsync(Machine machine, params string[] commands)
    {
        foreach (var command in commands)
        {
            var result = await machine.TryAsync(command);
            Block($"guest# {command}\n{result.Output}{result.Error}");
        }
    }

    /// <summary>Prints a line for each phase.</summary>
    public void Phases(IReadOnlyList<ProbeRow> rows, Func<ProbeRow, bool> isAsExpected)
    {
        Block($"{"",-4} {"phase",-16} {"sent",6} {"lost",5} {"silence",10} {"allowed",10}");
        foreach (var row in rows)
        {
            var so = isAsExpected(row);
            Failed |= !so;
            Block($"{(so ? "ok" : "NO"),-4} {row.Phase,-16} {row.Sent,6} {row.Lost,5} {Ms(row.Silence)} {Ms(row.Allowed)}");
        }

        static string Ms(TimeSpan span) => $"{(int)span.TotalMilliseconds,7} ms";
    }

    /// <summary>Prints where the lost probes went.</summary>
    public static void Account(IReadOnlyList<ProbeRow> rows, string? counters)
    {
        foreach (var row in rows.Where(row => row.Account.Length > 0))
            Block($"{row.Phase}: {row.Account}; the slowest answer took {(int)row.Slowest.TotalMilliseconds} ms");
        if (counters is not null)
            Block($"counted in the guest\n{counters}");
    }

    /// <summary>Prints a check; one that is false makes the whole run a failure.</summary>
    public void Check(bool so, string what)
    {
        Failed |= !so;
        Block($"{(so ? "ok" : "NO"),-4} {what}");
    }

    /// <summary>Prints the failure that ended the run, in one line.</summary>
    public void Fail(Exception exception) =>
        Check(false, string.Join(' ', exception.Message.Split(ContextMark)[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    /// <summary>Prints the details of a failure.</summary>
    public static void Details(Exception exception)
    {
        for (var next = exception; next is not null; next = next.InnerException)
            Block(next.Message);
    }

    /// <summary>Prints the guest's journal, if the guest still answers.</summary>
    public static async Task JournalAsync(Machine machine)
    {
        try
        {
            Block($"journal of the guest\n{await machine.JournalAsync()}");
        }
        catch (Exception)
        {
            Block($"the guest does not answer; its console\n{machine.Console}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Write(string text) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{_clock.Elapsed.TotalSeconds,6:0.0} s] {text}"));

    private static void Block(string text)
    {
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0))
            Console.WriteLine($"{Indent}{line}");
    }
}
