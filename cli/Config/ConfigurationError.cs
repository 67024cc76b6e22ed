namespace HypervVfattach.Config;

/// <summary>A configuration file that must not be used; the message has the form <c>file:line:column: message</c>.</summary>
internal sealed class ConfigurationError : Exception
{
    /// <summary>An error at one place of the file.</summary>
    /// <param name="file">The file's name as the administrator gave it.</param>
    /// <param name="line">Line, from 1.</param>
    /// <param name="column">Column in characters (Unicode scalar values), from 1.</param>
    /// <param name="message">What is wrong, and what is expected.</param>
    public ConfigurationError(string file, int line, int column, string message)
        : base($"{file}:{line}:{column}: {message}")
    {
    }

    /// <summary>An error of the file as a whole, such as its owner.</summary>
    /// <inheritdoc cref="ConfigurationError(string, int, int, string)"/>
    public ConfigurationError(string file, string message)
        : base($"{file}: {message}")
    {
    }
}
