/** orval leaves the base URL and the token to a function of the user's. */

let baseUrl = ''
let token = ''

export const connect = (url: string, as: string): void => {
  baseUrl = url
  token = as
}

export const fetchParley = async <T>(path: string, options: RequestInit): Promise<T> => {
  const headers = new Headers(options.headers)
  headers.set('Authorization', `Bearer ${token}`)
  const response = await fetch(baseUrl + path, { ...options, headers })
  const text = await response.text()
  return { status: response.status, data: text === '' ? undefined : JSON.parse(text), headers: response.headers } as T
}
