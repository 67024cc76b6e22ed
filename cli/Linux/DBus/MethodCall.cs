using Tmds.DBus.Protocol;

namespace HypervVfattach.Linux.DBus;

/// <summary>A D-Bus method call.</summary>
/// <param name="path">The object.</param>
/// <param name="interface">The interface that has the method.</param>
/// <param name="name">The method.</param>
/// <param name="signature">The types of its arguments; null for none.</param>
/// <param name="arguments">Writes them in order.</param>
internal sealed class MethodCall(string path, string @interface, string name, string? signature = null, Arguments? arguments = null)
{
    public string Path => path;
    public string Interface => @interface;
    public string Name => name;
    public string? Signature => signature;
    public Arguments? Arguments => arguments;

    /// <summary>A call whose arguments are strings.</summary>
    public static MethodCall WithStrings(string path, string @interface, string name, params string[] arguments) =>
        new(path, @interface, name, new string('s', arguments.Length), (ref MessageWriter writer) =>
        {
            foreach (string argument in arguments)
                writer.WriteString(argument);
        });
}

/// <summary>Writes the arguments of a call in order.</summary>
internal delegate void Arguments(ref MessageWriter writer);

/// <summary>Reads an answer in order.</summary>
internal delegate T Answer<out T>(ref Reader reader);
