namespace HypervVfattach.Machines;

/// <summary>Waits with a limit; on a time-out the exception says what was awaited.</summary>
internal static class Patience
{
    /// <summary>The task's result, or a <see cref="TimeoutException"/> that names what was awaited and adds the context.</summary>
    public static async Task<T> Within<T>(this Task<T> task, TimeSpan limit, string awaited, Func<string>? context = null)
    {
        try
        {
            return await task.WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{awaited}: nothing within {limit.TotalSeconds:0.#} s\n{context?.Invoke()}");
        }
    }

    /// <inheritdoc cref="Within{T}"/>
    public static async Task Within(this Task task, TimeSpan limit, string awaited, Func<string>? context = null) =>
        await Within(Wrap(task), limit, awaited, context);

    private static async Task<bool> Wrap(Task task)
    {
        await task;
        return true;
    }
}
