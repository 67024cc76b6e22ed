using System.Diagnostics;
using System.Net.Sockets;
using HypervVfattach.Core;
using Tmds.DBus.Protocol;
using static HypervVfattach.Linux.Interop.Errno;

namespace HypervVfattach.Linux.DBus;

/// <summary>A connection to a program that answers D-Bus calls.</summary>
internal sealed class BusPeer : IDisposable
{
    /// <summary>How long a connection and each answer may take, as with libsystemd.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    private const string Properties = "org.freedesktop.DBus.Properties";

    private readonly DBusConnection _connection;
    private readonly string _service, _program;
    private readonly string? _advice;
    private readonly TimeSpan _patience;
    private readonly AutoResetEvent _signalled = new(false);

    private BusPeer(DBusConnection connection, string service, string program, string? advice, TimeSpan patience)
    {
        _connection = connection;
        _service = service;
        _program = program;
        _advice = advice;
        _patience = patience;
    }

    /// <summary>Connects through the system bus.</summary>
    /// <param name="service">The program's name on the bus.</param>
    /// <param name="program">Its name for people, the subject of refusals.</param>
    /// <param name="advice">Where the program logs why it refuses.</param>
    /// <exception cref="SystemRefusal">There is no bus.</exception>
    public static BusPeer OnSystemBus(string service, string program, string? advice = null) =>
        At(new DBusConnectionOptions(DBusAddress.System!), service, program, advice, Patience);

    /// <summary>Connects with these options.</summary>
    /// <inheritdoc cref="OnSystemBus"/>
    public static BusPeer At(DBusConnectionOptions options, string service, string program, string? advice, TimeSpan patience)
    {
        var connection = new DBusConnection(options);
        var peer = new BusPeer(connection, service, program, advice, patience);
        try
        {
            peer.Await(() => connection.ConnectAsync().AsTask(), program, "connect to the system bus", "is dbus running?");
            return peer;
        }
        catch (SystemRefusal)
        {
            peer.Dispose();
            throw;
        }
    }

    /// <summary>Connects to systemd's private socket, or another server built with libsystemd; null if that fails.</summary>
    /// <param name="path">Where the socket is.</param>
    /// <param name="service">The program's name on the bus.</param>
    /// <param name="program">Its name for people, the subject of refusals.</param>
    /// <param name="patience">How long each step may take.</param>
    public static BusPeer? TryAtSocket(string path, string service, string program, TimeSpan patience)
    {
        try
        {
            return At(new PrivateSocket(path, patience), service, program, null, patience);
        }
        catch (SystemRefusal)
        {
            return null;
        }
    }

    /// <summary>Sends a call and waits for its answer.</summary>
    /// <param name="call">The call with its arguments.</param>
    /// <param name="operation">What it does, for the exception.</param>
    /// <param name="subject">What it is about, if not the program itself, for the exception.</param>
    /// <param name="expected">The name of the D-Bus error that is an expected outcome.</param>
    /// <param name="patience">How long to wait for the answer; null for the connection's limit.</param>
    /// <returns>False when the answer is the expected error.</returns>
    /// <exception cref="SystemRefusal">The answer is another error, or there is none.</exception>
    public bool Send(MethodCall call, string operation, string? subject = null, string? expected = null, TimeSpan? patience = null) =>
        Try(() => Await(() => _connection.CallMethodAsync(Message(call)), subject ?? _program, operation, _advice, patience), expected);

    /// <summary>Sends a call and reads its answer.</summary>
    /// <param name="call">The call with its arguments.</param>
    /// <param name="signature">The types of the answer, compared before it is read.</param>
    /// <param name="answer">Reads the answer.</param>
    /// <param name="operation">What it does, for the exception.</param>
    /// <param name="subject">What it is about, if not the program itself, for the exception.</param>
    /// <param name="expected">The name of the D-Bus error that is an expected outcome.</param>
    /// <returns>Null when the answer is the expected error.</returns>
    /// <exception cref="SystemRefusal">The answer is another error, or of other types, or there is none.</exception>
    public T? Ask<T>(
        MethodCall call, string signature, Answer<T> answer, string operation, string? subject = null, string? expected = null)
        where T : class
    {
        T? result = null;
        Try(() => result = Await(() => _connection.CallMethodAsync(Message(call), Read(signature, answer), null),
            subject ?? _program, operation, _advice), expected);
        return result;
    }

    /// <summary>A property's value.</summary>
    /// <param name="path">The object.</param>
    /// <param name="interface">The interface that has the property.</param>
    /// <param name="name">The property.</param>
    /// <param name="value">Extracts the value from its variant.</param>
    /// <exception cref="SystemRefusal">There is no such object, or the answer is of another type, or there is none.</exception>
    public T Property<T>(string path, string @interface, string name, Func<VariantValue, T> value)
    {
        MethodCall call = MethodCall.WithStrings(path, Properties, "Get", @interface, name);
        return Await(
            () => _connection.CallMethodAsync(Message(call), Read("v", (ref Reader reader) => value(reader.ReadVariantValue())), null),
            _program, $"read {name}", _advice);
    }

    /// <summary>A property of an object that may be gone; in that case the other value.</summary>
    public T TryProperty<T>(string path, string @interface, string name, Func<VariantValue, T> value, T otherwise)
    {
        try
        {
            return Property(path, @interface, name, value);
        }
        catch (SystemRefusal)
        {
            return otherwise;
        }
    }

    /// <summary>Sets a property.</summary>
    /// <exception cref="SystemRefusal">The answer is an error, or there is none.</exception>
    public void SetProperty(string path, string @interface, string name, VariantValue value, string operation) =>
        Send(new MethodCall(path, Properties, "Set", "ssv", (ref MessageWriter writer) =>
        {
            writer.WriteString(@interface);
            writer.WriteString(name);
            writer.WriteVariant(value);
        }), operation);

    /// <summary>Makes a signal of the program wake <see cref="Until"/>.</summary>
    public void Listen(string signal) => Await(
        () => _connection.AddMatchAsync(
            new MatchRule { Type = MessageType.Signal, Sender = _service, Member = signal },
            (Notification _) => { _signalled.Set(); }, false, ObserverFlags.None, null).AsTask(),
        _program, $"listen to {signal}", _advice);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="limit">Longest wait.</param>
    /// <param name="glance">Time between two checks if no signal wakes it.</param>
    /// <param name="isSo">The condition.</param>
    /// <returns>False if it did not hold in time.</returns>
    public bool Until(TimeSpan limit, TimeSpan glance, Func<bool> isSo)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
                return false;
            _signalled.WaitOne(glance);
        }
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _signalled.Dispose();
    }

    private MessageBuffer Message(MethodCall call)
    {
        MessageWriter writer = _connection.GetMessageWriter();
        try
        {
            writer.WriteMethodCallHeader(_service, call.Path, call.Interface, call.Name, call.Signature);
            call.Arguments?.Invoke(ref writer);
            return writer.CreateMessage();
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static MessageValueReader<T> Read<T>(string signature, Answer<T> answer) => (message, _) =>
    {
        if (message.SignatureAsString != signature)
            throw new InvalidDataException($"the answer has the types \"{message.SignatureAsString}\" and not \"{signature}\"");
        Reader reader = message.GetBodyReader();
        return answer(ref reader);
    };

    private static bool Try(Action call, string? expected)
    {
        try
        {
            call();
            return true;
        }
        catch (SystemRefusal refusal) when (expected is not null && (refusal.InnerException as DBusErrorReplyException)?.ErrorName == expected)
        {
            return false;
        }
    }

    private T Await<T>(Func<Task<T>> call, string subject, string operation, string? advice)
    {
        T? result = default;
        Await(async () => { result = await call().ConfigureAwait(false); }, subject, operation, advice);
        return result!;
    }

    private void Await(Func<Task> call, string subject, string operation, string? advice, TimeSpan? patience = null)
    {
        TimeSpan limit = patience ?? _patience;
        try
        {
            call().WaitAsync(limit).GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            (int errno, string? words) = e switch
            {
                DBusErrorReplyException error => (0, $"{error.ErrorMessage} ({error.ErrorName})"),
                TimeoutException => (ETIMEDOUT, $"no answer within {limit.TotalSeconds} s"),
                { InnerException: SocketException socket } => (socket.NativeErrorCode, null),
                SocketException socket => (socket.NativeErrorCode, null),
                // Anything that the library throws for a malformed message.
                _ => (0, e.Message),
            };
            // systemd's own words for a refusal by the policy (selinux-access.c).
            if (words?.StartsWith("SELinux policy denies", StringComparison.Ordinal) == true)
                advice = "see SELinux under BUGS in hyperv-vfattach(8)";
            throw new SystemRefusal(subject, operation, errno, words, advice, e);
        }
    }
}
