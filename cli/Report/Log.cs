using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Report;

/// <summary>The log: one fact per line, always to the system's log, and to a person who watches.</summary>
/// <param name="send">The system's log.</param>
/// <param name="person">Standard error if a person reads it, else null.</param>
/// <param name="verbose">Whether to log details.</param>
internal sealed class Log(Action<LogLine> send, TextWriter? person, bool verbose)
{
    /// <summary>Something failed and needs an administrator.</summary>
    public void Error(string message, params ReadOnlySpan<Field> fields) => Say(LogPriority.Error, message, fields);

    /// <summary>Something is wrong, and the program can go on.</summary>
    public void Warning(string message, params ReadOnlySpan<Field> fields) => Say(LogPriority.Warning, message, fields);

    /// <summary>Something was done.</summary>
    public void Notice(string message, params ReadOnlySpan<Field> fields) => Say(LogPriority.Notice, message, fields);

    /// <summary>Why nothing was done, or what is about to be done.</summary>
    public void Info(string message, params ReadOnlySpan<Field> fields) => Say(LogPriority.Info, message, fields);

    /// <summary>Details, logged only if they were asked for.</summary>
    public void Debug(string message, params ReadOnlySpan<Field> fields)
    {
        if (verbose)
            Say(LogPriority.Debug, message, fields);
    }

    private void Say(LogPriority priority, string message, ReadOnlySpan<Field> fields)
    {
        var named = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>(fields.Length);
        foreach (Field field in fields)
        {
            if (field.Value.Length > 0)
                named.Add(KeyValuePair.Create(field.Name, field.Value));
        }
        send(new LogLine(priority, message) { Fields = named.ToImmutable() });
        try
        {
            person?.WriteLine(message);
        }
        catch (IOException)
        {
            // The administrator's terminal is gone; the work goes on.
        }
    }
}

/// <summary>A part of a message, for programs.</summary>
/// <param name="Name">Name of the field in journald.</param>
/// <param name="Value">Its value; a field with an empty one is omitted.</param>
internal sealed record Field(string Name, string Value)
{
    /// <summary>Those of a pair.</summary>
    public static Field[] Of(Pair pair) => [Mac(pair.Mac.ToString()), Synthetic(pair.Synthetic.Name), Vf(pair.Vf?.Name)];

    /// <summary>Those of the pair of a plan.</summary>
    public static Field[] Of(Plan plan) => [Mac(plan.Mac.ToString()), Synthetic(plan.SyntheticName), Vf(plan.VfName)];

    /// <summary>The pair's address.</summary>
    public static Field Mac(string value) => new("HYPERV_MAC", value);

    /// <summary>Name of the synthetic NIC.</summary>
    public static Field Synthetic(string value) => new("HYPERV_SYNTHETIC", value);

    /// <summary>Name of the VF.</summary>
    public static Field Vf(string? value) => new("HYPERV_VF", value ?? "");

    /// <summary>Name of the aggregate.</summary>
    public static Field Aggregate(string value) => new("HYPERV_AGGREGATE", value);
}
