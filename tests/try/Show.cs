using System.Diagnostics;
using System.Globalization;
using HypervVfattach.Machines;

namespace HypervVfattach.Try;

/// <summary>What the person in front of the screen gets to see.</summary>
internal sealed class Show
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Whether a check failed.</summary>
    public bool Failed { get; private set; }

    /// <summary>A line when something begins or is reached, with the seconds since the start.</summary>
    public void Step(string text) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{_clock.Elapsed.TotalSeconds,6:0.0} s] {text}"));

    /// <summary>Commands in the guest and what they print.</summary>
    public static async Task GuestAsync(Machine machine, params string[] commands)
    {
        foreach (var command in commands)
        {
            var result = await machine.TryAsync(command);
            var lines = (result.Output + result.Error).TrimEnd().Split('\n');
            Console.WriteLine($"\n    guest# {command}\n{string.Join('\n', lines.Select(line => $"    {line}"))}");
        }
        Console.WriteLine();
    }

    /// <summary>A result; one that is not so makes the whole a failure.</summary>
    public void Check(bool so, string what)
    {
        Failed |= !so;
        Console.WriteLine($"{(so ? "yes" : "NO ")}  {what}");
    }
}
