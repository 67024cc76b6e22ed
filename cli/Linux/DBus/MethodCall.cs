using Tmds.DBus.Protocol;

namespace HypervVfattach.Linux.DBus;

/// <summary>A D-Bus method call.</summary>
/// <param name="Path">The object.</param>
/// <param name="Interface">The interface that has the method.</param>
/// <param name="Name">The method.</param>
/// <param name="Signature">The types of its arguments; null for none.</param>
/// <param name="Arguments">Writes them in order.</param>
internal sealed record MethodCall(string Path, string Interface, string Name, string? Signature = null, Arguments? Arguments = null)
{
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
