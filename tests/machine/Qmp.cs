using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HypervVfattach.Machines;

/// <summary>qemu's monitor (QEMU Machine Protocol): commands, and events that can be awaited.</summary>
internal sealed class Qmp : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonObject>> _answers = [];
    private readonly List<(string Name, Func<JsonObject, bool> Match, TaskCompletionSource<JsonObject> Seen)> _waiting = [];
    private readonly Func<string> _context;
    private readonly Task _reading;
    private long _number;

    private Qmp(Socket socket, Func<string> context)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new StreamReader(_stream);
        _context = context;
        _reading = ReadAsync();
    }

    /// <summary>Takes over qemu's connection and leaves the negotiation mode.</summary>
    public static async Task<Qmp> ConnectAsync(Socket socket, Func<string> context)
    {
        var qmp = new Qmp(socket, context);
        await qmp.ExecuteAsync("qmp_capabilities");
        return qmp;
    }

    /// <summary>Executes a command and returns its answer; an error that qemu reports throws.</summary>
    public async Task<JsonNode?> ExecuteAsync(string command, object? arguments = null)
    {
        var number = Interlocked.Increment(ref _number);
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers[number] = answer;
        var message = new Dictionary<string, object?> { ["execute"] = command, ["id"] = number };
        if (arguments is not null)
            message["arguments"] = arguments;
        var text = JsonSerializer.Serialize(message);
        await _turn.WaitAsync();
        try
        {
            await _stream.WriteAsync(Encoding.UTF8.GetBytes(text + "\n"));
        }
        finally
        {
            _turn.Release();
        }
        var reply = await answer.Task.Within(s_patience, $"qemu's answer to {text}", _context);
        if (reply["error"] is { } error)
            throw new InvalidOperationException($"qemu refused {text}: {error["desc"]}\n{_context()}");
        return reply["return"];
    }

    /// <summary>The next event of this name that matches; call it before the command that causes the event.</summary>
    public async Task<JsonObject> EventAsync(string name, Func<JsonObject, bool> match, TimeSpan limit)
    {
        var seen = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
            _waiting.Add((name, match, seen));
        return await seen.Task.Within(limit, $"qemu's event {name}", _context);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
        _turn.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _reader.ReadLineAsync() is { } line)
                Take(JsonNode.Parse(line)!.AsObject());
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Reset instead of closed.
        }
        foreach (var answer in _answers.Values)
            answer.TrySetException(new EndOfStreamException("qemu closed its monitor"));
    }

    private void Take(JsonObject message)
    {
        if (message["event"] is { } name)
        {
            lock (_waiting)
                foreach (var waiting in _waiting.ToArray())
                    if (waiting.Name == (string?)name && waiting.Match(message["data"] as JsonObject ?? []))
                    {
                        _waiting.Remove(waiting);
                        waiting.Seen.TrySetResult(message);
                    }
        }
        else if (message["id"] is { } number && _answers.TryRemove((long)number, out var answer))
            answer.TrySetResult(message);
    }
}
